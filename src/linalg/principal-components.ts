import { gramOfColumns } from "./gram.js";
import { type Rows, rowAt, rowCount } from "./rows.js";
import { symmetricEigen } from "./symmetric-eigen.js";

/** The directions in which rows vary most, and the rows seen along them. */
export interface PrincipalComponents {
  /** [D] what was subtracted from every row. */
  readonly mean: Float64Array;
  /** [count, D] unit vectors, most variance first; the largest entry of each is positive. */
  readonly directions: Rows;
  /** [count] variance along each direction, with divisor N. */
  readonly variances: Float64Array;
  /** [count] the share of the total variance; 0 when all rows are equal. */
  readonly shares: Float64Array;
  /** [N, count] coordinates of the rows. */
  readonly projected: Rows;
}

/**
 * Principal component analysis by the eigenvectors of the covariance matrix [D, D] (Pearson, 1901). Deterministic. Cost: N D^2 for
 * the covariance and a few D^3 for its eigenvectors, which suits embeddings (D up to about a thousand).
 * `count` above D gives D components. Without rows every result is empty or 0.
 */
export function principalComponents(rows: Rows, count: number): PrincipalComponents {
  const { dimension } = rows;
  const total = rowCount(rows);
  const kept = Math.min(count, dimension);
  const mean = columnMeans(rows);
  const { values, vectors } = symmetricEigen(gramOfColumns(rows, mean), dimension);
  const spread = values.map((value) => Math.max(value, 0) / Math.max(total, 1));
  const whole = spread.reduce((sum, value) => sum + value, 0);
  const directions = { data: vectors.slice(0, kept * dimension), dimension };
  const variances = spread.slice(0, kept);
  return {
    mean,
    directions,
    variances,
    shares: variances.map((value) => (whole === 0 ? 0 : value / whole)),
    projected: project(rows, { mean, directions }),
  };
}

/** Mean of each column [D]. */
export function columnMeans(rows: Rows): Float64Array {
  const total = rowCount(rows);
  const means = new Float64Array(rows.dimension);
  for (let n = 0; n < total; n++) {
    const row = rowAt(rows, n);
    for (let d = 0; d < means.length; d++) means[d]! += row[d]! / total;
  }
  return means;
}

/** [N, count] coordinates of rows along directions, seen from `mean`. */
export function project(rows: Rows, { mean, directions }: Pick<PrincipalComponents, "mean" | "directions">): Rows {
  const total = rowCount(rows);
  const count = rowCount(directions);
  const data = new Float64Array(total * count);
  for (let n = 0; n < total; n++) {
    const row = rowAt(rows, n);
    for (let c = 0; c < count; c++) {
      const direction = rowAt(directions, c);
      let sum = 0;
      for (let d = 0; d < mean.length; d++) sum += (row[d]! - mean[d]!) * direction[d]!;
      data[n * count + c] = sum;
    }
  }
  return { data, dimension: count };
}
