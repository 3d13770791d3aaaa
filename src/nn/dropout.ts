import { randomTensor } from "../graph/index.js";
import { mul } from "../ops/index.js";
import { type Layer, layer } from "./layer.js";

/**
 * In training, each number becomes 0 with probability `rate` and else is divided by 1 - rate; otherwise nothing happens
 * (Srivastava et al., JMLR 2014). Masks are drawn on the host, anew for each run.
 */
export function dropout(rate: number): Layer {
  return layer("dropout", {}, (x, { training }) => {
    if (!training || rate === 0) return x;
    const kept = randomTensor({ kind: "bernoulli", probability: 1 - rate }, x.shape).cast(x.dtype);
    return mul(x, mul(kept, 1 / (1 - rate)));
  });
}
