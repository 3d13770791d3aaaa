import type { Rows } from "../../linalg/rows.js";
import { centroid, groupRows } from "./grouped-rows.js";
import { rowDistances } from "./row-distance.js";

/** How tightly classes are packed, in cosine distance. */
export interface Density {
  /** Mean over classes of at least two samples of the mean pairwise distance inside; NaN if there is none. */
  readonly intra: number;
  /** Mean pairwise distance of the class means; NaN with fewer than two classes. */
  readonly inter: number;
  /** intra / inter: small when classes are compact and far apart. */
  readonly ratio: number;
}

/**
 * Embedding-space density (Roth et al., Revisiting Training Strategies and Generalization in DML, ICML 2020, section 5).
 *
 * Example: unit vectors at +-30 and 180 +- 30 degrees, two classes: intra = 1 - cos 60 = .5, inter = 2, ratio = .25.
 * Classes of one sample have no inside and are left out of `intra` (the authors' code returns NaN or an arbitrary class there).
 * Throws `SimileError` (`embeddings`).
 */
export function density(embeddings: Rows, labels: Int32Array): Density {
  const groups = groupRows(embeddings, labels, "density");
  const insides = groups.filter((rows) => rows.length > 1).map(meanPairDistance);
  const intra = insides.reduce((sum, value) => sum + value, 0) / insides.length;
  const inter = meanPairDistance(groups.map(centroid));
  return { intra, inter, ratio: intra / inter };
}

function meanPairDistance(rows: readonly (Float32Array | Float64Array)[]): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) sum += rowDistances.cosine(rows[i]!, rows[j]!);
  }
  return sum / ((rows.length * (rows.length - 1)) / 2);
}
