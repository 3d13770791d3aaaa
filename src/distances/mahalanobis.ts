import { z } from "zod";
import { type Initializer, Parameter, type Tensor } from "../graph/index.js";
import { matmul } from "../ops/index.js";
import type { Distance } from "./distance.js";
import type { DistanceEntry } from "./entry.js";
import { lp } from "./lp.js";
import { normalize, normOrder } from "./normalize.js";

const options = z.strictObject({
  dimension: z.number().int().positive().describe("dimension of the vectors"),
  rank: z.number().int().positive().optional().describe("rows of the map L; default as many as dimensions"),
  normalize: z.boolean().default(false).describe("divide vectors by their norm first"),
  normOrder,
  power: z.number().positive().default(1).describe("exponent of the distance; 2 is the squared distance"),
  dtype: z.enum(["float32", "float64"]).default("float32").describe("element type of the vectors"),
  learningRateMultiplier: z.number().min(0).default(1).describe("factor on the learning rate of the map"),
});

/** Options of {@link mahalanobis}. */
export type MahalanobisOptions = z.input<typeof options>;

let made = 0;

/**
 * Learned Mahalanobis distance of low rank (Xing et al., NIPS 2002; factored: Weinberger and Saul, LMNN, JMLR 2009)
 *
 *   ((x - y)^T M (x - y))^(power / 2) = |L x - L y|^power,  M = L^T L
 *
 * L [rank, dimension] begins as the identity, with a smaller rank as random directions. Whoever measures with it declares
 * its `learned.parameters`; behind `learned.project` it is the Euclidean distance, which is how models are exported.
 */
export function mahalanobis(settings: MahalanobisOptions): Distance {
  const { dimension, rank = dimension, normalize: unit, normOrder: order, power, ...rest } = options.parse(settings);
  const map = new Parameter([rank, dimension], {
    initializer: rank === dimension ? identity : directions,
    weightDecay: false,
    ...rest,
  });
  const plain = lp({ power, normalize: false });
  const project = (x: Tensor): Tensor => {
    if (x.rank === 1) return project(x.unsqueeze(0)).squeeze(0);
    return matmul(unit ? normalize(x, order) : x, map.cast(x.dtype).transpose());
  };
  return {
    // Each has a map of its own.
    key: `mahalanobis ${++made} power=${power}`,
    inverted: false,
    learned: { parameters: { map }, matrix: map, dimension: rank, project },
    matrix: (query, key) => plain.matrix(project(query), project(key)),
    paired: (a, b) => plain.paired(project(a), project(b)),
  };
}

const identity: Initializer = ([rows, columns]) =>
  Float64Array.from({ length: rows! * columns! }, (_, i) => Number(Math.floor(i / columns!) === i % columns!));

/** Random directions that keep squared lengths on average. */
const directions: Initializer = ([rows, columns], random) =>
  Float64Array.from({ length: rows! * columns! }, () => random.normal() / Math.sqrt(rows!));

export const mahalanobisEntry: DistanceEntry<typeof options> = {
  name: "mahalanobis",
  summary: "Euclidean distance behind a linear map that is learned",
  paper: "Weinberger and Saul, Distance Metric Learning for Large Margin Nearest Neighbor Classification, JMLR 2009",
  options,
  create: mahalanobis,
};
