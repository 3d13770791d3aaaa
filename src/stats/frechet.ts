import { gramOfColumns } from "../linalg/gram.js";
import { nuclearNorm } from "../linalg/nuclear-norm.js";
import { squaredDistance } from "../linalg/pairwise-distances.js";
import { columnMeans } from "../linalg/principal-components.js";
import { rowProducts } from "../linalg/products.js";
import { type Rows, rowCount } from "../linalg/rows.js";
import { symmetricSquareRoot } from "../linalg/symmetric-square-root.js";

/** A Gaussian fitted to rows: its mean and a factor F with F^T F = covariance (divisor N). */
interface Gaussian {
  readonly mean: Float64Array;
  readonly factor: Rows;
  /** Trace of the covariance. */
  readonly variance: number;
}

/**
 * Fréchet distance (squared Wasserstein-2) of the Gaussians fitted to two sets of rows [N, D] and [M, D]:
 *
 *   |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))
 *
 * with covariances of divisor N. Works for fewer rows than dimensions: with C = F^T F, the last trace is the sum of the
 * singular values of F1 F2^T, so that no inverse and no root of a singular matrix is needed.
 */
export function frechetDistance(a: Rows, b: Rows): number {
  return frechetDistanceTo(b)(a);
}

/** {@link frechetDistance} of many sets of rows to the same one, which is worked through once. */
export function frechetDistanceTo(reference: Rows): (rows: Rows) => number {
  const to = compact(fitGaussian(reference));
  return (rows) => {
    const from = fitGaussian(rows);
    const overlap = nuclearNorm(rowProducts(from.factor, to.factor));
    return Math.max(0, squaredDistance(from.mean, to.mean) + from.variance + to.variance - 2 * overlap);
  };
}

function fitGaussian(rows: Rows): Gaussian {
  const mean = columnMeans(rows);
  const scale = 1 / Math.sqrt(rowCount(rows));
  const data = Float64Array.from(rows.data, (value, i) => (value - mean[i % rows.dimension]!) * scale);
  const variance = data.reduce((sum, value) => sum + value * value, 0);
  return { mean, factor: { data, dimension: rows.dimension }, variance };
}

/** The same Gaussian with no more than D rows in its factor. */
function compact({ mean, factor, variance }: Gaussian): Gaussian {
  const { dimension } = factor;
  if (rowCount(factor) <= dimension) return { mean, factor, variance };
  return { mean, factor: { data: symmetricSquareRoot(gramOfColumns(factor), dimension), dimension }, variance };
}
