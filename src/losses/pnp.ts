import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { eye } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { scaled } from "../registry/index.js";
import { positiveSlots } from "../relations/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";

const options = z.strictObject({
  variant: z
    .enum(["O", "Ds", "Dq", "Iu", "Ib"])
    .default("Dq")
    .describe("function of the number of negatives before a positive: O itself, D decreasing, I increasing slope"),
  temperature: z.number().positive().default(0.01).describe("softness of the comparison of two similarities"),
  alpha: z.number().positive().default(4).describe("exponent of variant Dq; the paper has 4 to 8"),
  b: z.number().positive().default(2).describe("slope of variant Ib"),
  countQuery: z
    .boolean()
    .default(false)
    .describe("count the query as one of its positives, as the authors' code and pytorch-metric-learning do"),
  distance: distanceOption(cosine),
});

/** Options of {@link pnp}. */
export type PnpOptions = z.input<typeof options>;

/**
 * Penalising negative instances before positive ones (Li et al., AAAI 2022).
 *
 *   r_p = sum_n sigmoid((s_n - s_p) / temperature);  mean over the positives p of
 *   O: r,  Ds: log(1 + r),  Dq: 1 - (1 + r)^-alpha,  Iu: (1 + r) log(1 + r),  Ib: (b r - log(1 + b r)) / b^2
 *
 * query [B, D], key [R, D] -> one value a query [B], mean over the queries that have positives. Needs the relation's
 * positivesPerQuery m: its largest tensor is [B, m, R].
 */
export function pnp(settings: PnpOptions = {}): Loss {
  const { temperature, countQuery, distance, ...shape } = options.parse(settings);
  return perQuery({ name: "pnp", distance }, (input) => {
    const s = similarity(distance, input.query, input.key).div(temperature);
    const { indices, values: counts } = countQuery ? withQuery(input) : positiveSlots(input);
    const ahead = s.unsqueeze(1).sub(s.gatherElements(indices, 1).unsqueeze(2)).sigmoid();
    const rank = ahead.mul(input.negative.unsqueeze(1)).sum(2);
    const values = ratio(penalty(rank, shape).mul(counts).sum(1), counts.sum(1));
    return { values, weight: input.positive.max(1).greater(0).cast(s.dtype) };
  });
}

/** The positives of each query that has any, and the query itself. */
function withQuery(input: LossInput): { indices: Tensor; values: Tensor } {
  const { positive, keysAreQueries, positivesPerQuery } = input;
  if (!keysAreQueries) return positiveSlots(input);
  const some = positive.max({ axes: 1, keepAxes: true }).greater(0).cast(positive.dtype);
  const candidates = positive.add(eye(positive.shape[0] as Dim, undefined, positive.dtype).mul(some));
  const bound = positivesPerQuery === undefined ? undefined : positivesPerQuery + 1;
  return positiveSlots({ ...input, positivesPerQuery: bound }, candidates);
}

function penalty(rank: Tensor, { variant, alpha, b }: { variant: string; alpha: number; b: number }): Tensor {
  switch (variant) {
    case "Ds":
      return rank.log1p();
    case "Dq":
      return rank.log1p().mul(-alpha).exp().neg().add(1);
    case "Iu":
      return rank.add(1).mul(rank.log1p());
    case "Ib":
      return rank
        .mul(b)
        .sub(rank.mul(b).log1p())
        .div(b * b);
    default:
      return rank;
  }
}

export const pnpEntry: LossEntry<typeof options> = {
  name: "pnp",
  summary: "number of negatives ranked before each positive, through a function of choice",
  paper:
    "Li et al., Rethinking the Optimization of Average Precision: Only Penalizing Negative Instances before Positive Ones is Enough, AAAI 2022",
  options,
  search: { temperature: scaled(0.005, 0.1), alpha: scaled(2, 8) },
  accepts: ["classes", "multi-label", "pairs", "views", "memory"],
  create: pnp,
};
