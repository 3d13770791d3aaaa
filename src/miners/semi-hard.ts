import { z } from "zod";
import { dissimilarity, distanceOption, lp } from "../distances/index.js";
import { type Dim, randomTensor, type Tensor } from "../graph/index.js";
import { logicalAnd, minimum, where } from "../ops/index.js";
import { sumsBelow } from "../relations/index.js";
import { listTriplets, positivesOf } from "./chosen.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  margin: z
    .number()
    .positive()
    .optional()
    .describe("negatives must lie within this distance beyond the positive; default anywhere beyond"),
  fallback: z
    .enum(["drop", "farthest", "random"])
    .default("drop")
    .describe("positive pairs without such a negative: left out, or with the farthest or a random negative"),
  distance: distanceOption(() => lp({ power: 2 })),
});

/** Options of {@link semiHard}. */
export type SemiHardOptions = z.input<typeof options>;

/**
 * Semi-hard mining (Schroff et al., FaceNet, CVPR 2015, section 3.2): for each positive pair the nearest negative that is
 * farther than the positive, d_ap < d_an (< d_ap + margin). Squared distances, as in FaceNet. Where there is none,
 * TensorFlow's loss takes the farthest negative, Roth et al. a random one; the default is to leave the pair out.
 */
export function semiHard(settings: SemiHardOptions = {}): Miner {
  const { margin, fallback, distance } = options.parse(settings);
  return defineMiner("semi-hard", (input) => {
    const d = dissimilarity(distance, input.query, input.key);
    const { index, weight } = positivesOf(input);
    const positives = d.gatherElements(index, 1);
    const negatives = sortedNegatives(d, input.negative);
    const [[passed]] = sumsBelow(d, [negatives.is], [{ at: positives, inclusive: true }]) as [[Tensor]];
    const next = minimum(passed.cast("int64"), negatives.last);
    const apart = negatives.values.gatherElements(next, 1).sub(positives);
    const beyond = apart.greater(0);
    const suits = margin === undefined ? beyond : logicalAnd(beyond, apart.less(margin));
    const any = negatives.count.greater(0);
    const place = fallback === "drop" ? next : where(suits, next, substitute(fallback, negatives, next));
    return listTriplets(input, {
      positive: index,
      negative: negatives.keys.gatherElements(place, 1),
      weight: where(fallback === "drop" ? logicalAnd(suits, any) : any, weight, 0),
    });
  });
}

/** The negatives of each query from near to far. */
interface SortedNegatives {
  /** [B, R]: 1 for negatives. */
  readonly is: Tensor;
  /** [B, R]: their distances, then infinity. */
  readonly values: Tensor;
  /** int64 [B, R] */
  readonly keys: Tensor;
  /** int64 [B, 1]: how many there are. */
  readonly count: Tensor;
  /** int64 [B, 1]: place of the farthest; 0 where there is none. */
  readonly last: Tensor;
}

function sortedNegatives(d: Tensor, negative: Tensor): SortedNegatives {
  const isNegative = negative.greater(0);
  const { values, indices } = where(isNegative, d, Number.POSITIVE_INFINITY).sort({ axis: 1 });
  const is = isNegative.cast(d.dtype);
  const count = is.sum({ axes: 1, keepAxes: true }).cast("int64");
  return { is, values, keys: indices, count, last: count.sub(1).maximum(0) };
}

function substitute(fallback: "farthest" | "random", { count, last }: SortedNegatives, next: Tensor): Tensor {
  if (fallback === "farthest") return last;
  const share = randomTensor({ kind: "uniform" }, next.shape as readonly Dim[]);
  return minimum(share.mul(count.cast("float32")).floor().cast("int64"), last);
}

export const semiHardEntry: MinerEntry<typeof options> = {
  name: "semi-hard",
  summary: "for each positive pair the nearest negative beyond the positive",
  paper: "Schroff et al., FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR 2015",
  options,
  create: semiHard,
};
