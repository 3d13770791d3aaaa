import { z } from "zod";
import { cosine, distanceOption, gap } from "../distances/index.js";
import { constant, type Tensor } from "../graph/index.js";
import { divisor, term } from "../reducers/index.js";
import { between, scaled } from "../registry/index.js";
import { classOptions, classTargets, classVectors } from "./classes.js";
import { defineLoss } from "./combinators.js";
import { log1pSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  margin: z.number().default(0.1).describe("similarity beyond which a positive costs little (negated for negatives)"),
  alpha: z.number().positive().default(32).describe("scale of the exponents"),
  distance: distanceOption(cosine, "distance between embeddings and proxies"),
  learningRateMultiplier: classOptions.learningRateMultiplier.default(100),
});

/** Options of {@link proxyAnchor}. */
export type ProxyAnchorOptions = z.input<typeof options>;

/**
 * Proxy-anchor loss (Kim et al., CVPR 2020, eq. 4): each class proxy is an anchor that sees the whole batch.
 *
 *   1/|P+| sum_{p in P+} log(1 + sum_{x+} exp(-alpha (s(x, p) - margin)))
 *     + 1/|P| sum_p log(1 + sum_{x-} exp(alpha (s(x, p) + margin)))
 *
 * P+ are the proxies with a positive in the batch. query [B, D], proxies [C, D] -> terms `positive` and `negative` [C],
 * each with its divisor. Proxies learn 100 times faster, as published. Query weights w scale the summands by exp(w - 1).
 */
export function proxyAnchor(settings: ProxyAnchorOptions): Loss {
  const { classes, dimension, margin, alpha, distance, ...rest } = options.parse(settings);
  const proxies = classVectors(classes, dimension, rest);
  const definition = {
    name: "proxy-anchor",
    distance,
    parameters: { proxies },
    classVectors: proxies,
    reducer: divisor(),
    logits: distance.inverted ? (query: Tensor) => distance.matrix(query, proxies) : undefined,
  };
  return defineLoss(definition, (input) => {
    const targets = classTargets(input, classes, "proxy-anchor").transpose();
    const d = distance.matrix(input.query, proxies).transpose();
    const shift = input.queryWeight?.sub(1);
    const scaled = (x: Tensor) => (shift === undefined ? x.mul(alpha) : x.mul(alpha).add(shift));
    const pull = log1pSumExp(scaled(gap(distance, d, margin)), targets);
    const push = log1pSumExp(scaled(gap(distance, d, -margin).neg()), targets.equal(0).cast(d.dtype));
    const present = targets.max(1).greater(0).cast(d.dtype).sum();
    const all = constant(classes, { dtype: d.dtype });
    return {
      positive: term("class", pull, { divisor: present }),
      negative: term("class", push, { divisor: all }),
    };
  });
}

export const proxyAnchorEntry: LossEntry<typeof options> = {
  name: "proxy-anchor",
  summary: "one learned proxy a class, compared with the whole batch",
  paper: "Kim et al., Proxy Anchor Loss for Deep Metric Learning, CVPR 2020",
  options,
  search: { margin: between(0, 0.5), alpha: scaled(8, 128) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: proxyAnchor,
};
