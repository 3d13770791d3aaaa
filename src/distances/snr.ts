import { z } from "zod";
import type { Tensor } from "../graph/index.js";
import type { Distance } from "./distance.js";
import type { DistanceEntry } from "./entry.js";
import { squaredEuclidean } from "./lp.js";
import { normalize, normOrder } from "./normalize.js";

const options = z.strictObject({
  normalize: z.boolean().default(false).describe("divide vectors by their norm first"),
  normOrder,
  power: z.number().positive().default(1).describe("exponent of the distance"),
});

/** Options of {@link snr}. */
export type SnrOptions = z.input<typeof options>;

/**
 * Signal-to-noise ratio distance (Yuan et al., CVPR 2019): var(x - y) / var(x) over the dimensions, x the query. Not
 * symmetric. The paper uses raw vectors, and so does the default; pytorch-metric-learning normalises them.
 */
export function snr(settings: SnrOptions = {}): Distance {
  const { normalize: unit, normOrder: order, power } = options.parse(settings);
  const centred = (v: Tensor) => {
    const x = unit ? normalize(v, order) : v;
    return x.sub(x.mean({ axes: -1, keepAxes: true }));
  };
  const raise = (x: Tensor) => (power === 1 ? x : x.pow(power));
  // Both variances have the same divisor, which cancels.
  const ratio = (noise: Tensor, signal: Tensor) => raise(noise.div(signal.maximum(SMALLEST_SIGNAL)));
  return {
    key: `snr power=${power}${unit ? ` normalized p=${order}` : ""}`,
    inverted: false,
    matrix: (query, key) => {
      const [x, y] = [centred(query), centred(key)];
      return ratio(squaredEuclidean(x, y), x.square().sum({ axes: -1, keepAxes: true }));
    },
    paired: (a, b) => {
      const [x, y] = [centred(a), centred(b)];
      return ratio(x.sub(y).square().sum(-1), x.square().sum(-1));
    },
  };
}

/** A constant query has no signal: its distances are large instead of infinite. */
const SMALLEST_SIGNAL = 1e-12;

export const snrEntry: DistanceEntry<typeof options> = {
  name: "snr",
  summary: "variance of the difference over that of the query (signal-to-noise ratio)",
  paper: "Yuan et al., Signal-to-Noise Ratio: A Robust Distance Metric for Deep Metric Learning, CVPR 2019",
  options,
  create: snr,
};
