import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import { ratio } from "../reducers/index.js";
import { whole } from "../registry/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";
import { softHistogram } from "./soft-histogram.js";

const options = z.strictObject({
  bins: z.number().int().positive().default(10).describe("intervals of the histogram of distances"),
  farthest: z.number().positive().default(4).describe("end of the histogram; 4 is the largest squared distance"),
  distance: distanceOption(() => lp({ power: 2 })),
});

/** Options of {@link fastAp}. */
export type FastApOptions = z.input<typeof options>;

/**
 * FastAP (Cakir et al., CVPR 2019, eq. 8): 1 - average precision, with ranks read off a soft histogram of the query's
 * distances.
 *
 *   1 - 1/|P| sum_l h+_l H+_l / H_l,  h+ of the positives, H+ and H running sums over positives and over all
 *
 * query [B, D], key [R, D] -> one value a query [B], mean over the queries that have positives. The gradient is that of
 * the value; the authors' hand-written one is B / 2 times it.
 */
export function fastAp(settings: FastApOptions = {}): Loss {
  const { bins, farthest, distance } = options.parse(settings);
  const nodes = { low: 0, width: farthest / bins, count: bins + 1 };
  return perQuery({ name: "fast-ap", distance }, ({ query, key, positive, negative }) => {
    const d = distance.matrix(query, key);
    const own = softHistogram(d, positive, nodes);
    const ownBefore = own.cumSum(1);
    const allBefore = ownBefore.add(softHistogram(d, negative, nodes).cumSum(1));
    const precision = ratio(own.mul(ownBefore), allBefore).sum(1);
    const count = positive.sum(1);
    const weight = count.greater(0).cast(d.dtype);
    return { values: weight.sub(ratio(precision, count)), weight };
  });
}

export const fastApEntry: LossEntry<typeof options> = {
  name: "fast-ap",
  summary: "average precision over a soft histogram of distances",
  paper: "Cakir et al., Deep Metric Learning to Rank, CVPR 2019",
  options,
  search: { bins: whole(5, 40) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: fastAp,
};
