import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";

const options = z.strictObject({
  epsilon: z.number().positive().default(1e-6).describe("added to distances, and least distance of labels"),
  distance: distanceOption(() => lp({ normalize: false })),
});

/** Options of {@link logRatio}. */
export type LogRatioOptions = z.input<typeof options>;

/**
 * Log-ratio loss for continuous labels (Kim et al., CVPR 2019, eq. 4) over dense triplets: ratios of embedding distances
 * should be ratios of label distances.
 *
 *   mean over all i < j of ( log(d_ai / d_aj) - log(y_ai / y_aj) )^2
 *
 * query [B, D], key [R, D], labelDistance [B, R] -> one value a query [B], mean over the queries with two keys or more.
 * Every query is an anchor; the mean over its pairs is 2 n / (n - 1) times the variance of log d - log y, so no triplet is
 * listed. Plain distances of raw embeddings as in the authors' code; the paper prints squared ones (lp with power 2).
 */
export function logRatio(settings: LogRatioOptions = {}): Loss {
  const { epsilon, distance } = options.parse(settings);
  if (distance.inverted) {
    throw new SimileError({
      code: "invalid-option",
      where: "log-ratio.distance",
      expected: "a distance",
      received: `a similarity, ${distance.key}`,
      remedy: "choose lp",
    });
  }
  return perQuery({ name: "log-ratio", distance }, (input) => {
    const apart = distance.matrix(input.query, input.key).add(epsilon).log();
    const difference = apart.sub(labelDistances(input).maximum(epsilon).log());
    const pairs = input.positive;
    const count = pairs.sum({ axes: 1, keepAxes: true });
    const centred = difference.sub(ratio(difference.mul(pairs).sum({ axes: 1, keepAxes: true }), count));
    const enough = count.squeeze(1).greater(1);
    const divisor = where(enough, count.squeeze(1).sub(1), 1);
    const values = centred.square().mul(pairs).sum(1).mul(2).div(divisor);
    return { values: where(enough, values, 0), weight: enough.cast(values.dtype) };
  });
}

function labelDistances({ labelDistance }: LossInput): Tensor {
  if (labelDistance !== undefined) return labelDistance;
  throw new SimileError({
    code: "labels-missing",
    where: "log-ratio",
    expected: "distances of continuous labels",
    received: "a relation without them",
    remedy: "make the relation with continuousRelation",
  });
}

export const logRatioEntry: LossEntry<typeof options> = {
  name: "log-ratio",
  summary: "ratios of embedding distances as the ratios of continuous labels' distances",
  paper: "Kim et al., Deep Metric Learning Beyond Binary Supervision, CVPR 2019",
  options,
  accepts: ["continuous"],
  create: logRatio,
};
