import { z } from "zod";
import { distanceOption, lp, similarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { onesLike } from "../ops/index.js";
import { scaled } from "../registry/index.js";
import { classOptions, classTargets, classVectors } from "./classes.js";
import { perQuery } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  scale: z.number().positive().default(9).describe("factor on the distances; 9 is vectors of length 3, squared"),
  denominator: z
    .enum(["others", "all"])
    .default("others")
    .describe("proxies that the own one competes with: those of the other classes, or all, its own among them"),
  distance: distanceOption(() => lp({ power: 2 }), "distance between embeddings and proxies"),
  learningRateMultiplier: classOptions.learningRateMultiplier.default(50),
});

/** Options of {@link proxyNca}. */
export type ProxyNcaOptions = z.input<typeof options>;

/**
 * Proxy-NCA (Movshovitz-Attias et al., ICCV 2017, eq. 6): neighbourhood components against one learned proxy a class.
 *
 *   -log( exp(-scale d^2(x, p_y)) / sum_{z != y} exp(-scale d^2(x, p_z)) )
 *
 * query [B, D], proxies [C, D] -> one value a query [B], mean; it may be negative, as the own proxy is not in the
 * denominator. `denominator: "all"` with scale 1 is pytorch-metric-learning's form. Similarities are not negated.
 */
export function proxyNca(settings: ProxyNcaOptions): Loss {
  const { classes, dimension, scale, denominator, distance, ...rest } = options.parse(settings);
  const proxies = classVectors(classes, dimension, rest);
  const scores = (query: Tensor) => similarity(distance, query, proxies).mul(scale);
  const definition = {
    name: "proxy-nca",
    distance,
    parameters: { proxies },
    classVectors: proxies,
    logits: (query: Tensor) => scores(query),
  };
  return perQuery(definition, (input) => {
    const targets = classTargets(input, classes, "proxy-nca");
    const competitors = denominator === "all" ? onesLike(targets) : targets.equal(0).cast(targets.dtype);
    const s = scores(input.query);
    const weight = targets.max(1).greater(0).cast(s.dtype);
    return { values: weightedLogSumExp(s, competitors).sub(weightedLogSumExp(s, targets)).mul(weight), weight };
  });
}

export const proxyNcaEntry: LossEntry<typeof options> = {
  name: "proxy-nca",
  summary: "nearer to the own class's learned proxy than to all others",
  paper: "Movshovitz-Attias et al., No Fuss Distance Metric Learning Using Proxies, ICCV 2017",
  options,
  search: { scale: scaled(1, 64) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: proxyNca,
};
