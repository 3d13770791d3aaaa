import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import { multiplyDims, randomTensor, type Tensor } from "../graph/index.js";
import { arange, full, gather, where } from "../ops/index.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  bins: z.number().int().positive().default(100).describe("equal parts of the range of distances"),
  positivesPerBin: z.number().int().positive().default(10).describe("positive pairs drawn from each bin that has any"),
  negativesPerBin: z.number().int().positive().default(10).describe("negative pairs drawn from each bin that has any"),
  distance: distanceOption(lp),
});

/** Options of {@link uniformHistogram}. */
export type UniformHistogramOptions = z.input<typeof options>;

/**
 * Pairs spread evenly over their distances: the range of the positive pairs' distances is cut into equal bins, and from
 * each bin that has any pairs as many are drawn, with replacement; likewise the negative pairs (pytorch-metric-learning).
 * A pair counts as often as it is drawn; the draws are new at each run.
 */
export function uniformHistogram(settings: UniformHistogramOptions = {}): Miner {
  const { bins, positivesPerBin, negativesPerBin, distance } = options.parse(settings);
  return defineMiner("uniform-histogram", ({ query, key, positive, negative }) => {
    const d = distance.matrix(query, key);
    return {
      positive: drawByBin(distanceBins(d, positive, bins), bins, positivesPerBin, d.dtype),
      negative: drawByBin(distanceBins(d, negative, bins), bins, negativesPerBin, d.dtype),
      triplets: undefined,
    };
  });
}

/** In which of `bins` equal parts of the candidates' range each value lies, int64 [B, R]; `bins` where it is no candidate. */
export function distanceBins(values: Tensor, candidates: Tensor, bins: number): Tensor {
  const isCandidate = candidates.greater(0);
  const low = where(isCandidate, values, Number.POSITIVE_INFINITY).min();
  const width = where(isCandidate, values, Number.NEGATIVE_INFINITY).max().sub(low);
  const some = width.greater(0);
  const place = values
    .sub(low)
    .div(where(some, width, 1))
    .mul(bins)
    .floor();
  // The largest value belongs to the last bin, and so do all when they are equal.
  const bin = where(some, place, bins - 1).minimum(bins - 1);
  return where(isCandidate, bin, bins).cast("int64");
}

/** How often each entry is drawn, `draws` times from each bin in use. */
function drawByBin(bin: Tensor, bins: number, draws: number, dtype: Tensor["dtype"]): Tensor {
  const size = [multiplyDims(...bin.shape)];
  const flat = bin.reshape(size);
  const order = flat.cast("float32").sort({ axis: 0 }).indices;
  const one = full(size, 1, "int64");
  const counts = full([bins + 1], 0, "int64").scatterAdd(flat, one, 0);
  const starts = counts.cumSum(0).sub(counts);
  const own = arange(bins).unsqueeze(1);
  const count = gather(counts, own);
  const some = count.greater(0);
  const share = randomTensor({ kind: "uniform" }, [bins, draws]).mul(count.cast("float32")).floor().cast("int64");
  const place = where(some, gather(starts, own).add(share.minimum(count.sub(1))), 0);
  const drawn = gather(order, place.reshape([bins * draws]));
  const weight = where(some, full([bins, draws], 1, dtype), 0).reshape([bins * draws]);
  return full(size, 0, dtype).scatterAdd(drawn, weight, 0).reshape(bin.shape);
}

export const uniformHistogramEntry: MinerEntry<typeof options> = {
  name: "uniform-histogram",
  summary: "pairs drawn so that all distances occur equally often",
  options,
  create: uniformHistogram,
};
