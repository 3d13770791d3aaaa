import { z } from "zod";
import { distanceOption, lp, similarity } from "../distances/index.js";
import { scaled } from "../registry/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  temperature: z
    .number()
    .positive()
    .default(1 / 9)
    .describe("what the squared distances are divided by"),
  distance: distanceOption(() => lp({ power: 2 }), "distance between embeddings and proxies"),
  learningRateMultiplier: classOptions.learningRateMultiplier.default(100),
});

/** Options of {@link proxyNcaPlusPlus}. */
export type ProxyNcaPlusPlusOptions = z.input<typeof options>;

/**
 * ProxyNCA++ (Teh, DeVries, Taylor, ECCV 2020, eq. 7): the probability of the own proxy among all, with a temperature.
 *
 *   cross entropy of  -d^2(x, p_c) / temperature
 *
 * query [B, D], proxies [C, D], both normalised -> one value a query [B], mean. Proxies learn much faster than the
 * embedding, and the authors pool by maximum before it.
 */
export function proxyNcaPlusPlus(settings: ProxyNcaPlusPlusOptions): Loss {
  const { classes, dimension, temperature, distance, ...rest } = options.parse(settings);
  const proxies = classVectors(classes, dimension, rest);
  return classifierLoss({
    name: "proxy-nca-plus-plus",
    distance,
    classes,
    parameters: { proxies },
    classVectors: proxies,
    scores: (query) => similarity(distance, query, proxies),
    scale: () => 1 / temperature,
  });
}

export const proxyNcaPlusPlusEntry: LossEntry<typeof options> = {
  name: "proxy-nca-plus-plus",
  summary: "probability of the own class's proxy among all, with a temperature",
  paper: "Teh et al., ProxyNCA++: Revisiting and Revitalizing Proxy Neighborhood Component Analysis, ECCV 2020",
  options,
  search: { temperature: scaled(0.02, 0.5) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: proxyNcaPlusPlus,
};
