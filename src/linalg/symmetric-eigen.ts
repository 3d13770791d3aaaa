import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** Eigenvalues of a symmetric matrix, largest first, with their unit eigenvectors. */
export interface SymmetricEigen {
  /** [n], descending. */
  readonly values: Float64Array;
  /** [n, n] row-major, one eigenvector a row, in the order of `values`; the sign makes the largest entry positive. */
  readonly vectors: Float64Array;
}

/**
 * Decompose a symmetric matrix [n, n], given row-major. Deterministic, signs included. An entry that is not finite makes
 * everything NaN.
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest)) {
    return { values: new Float64Array(n).fill(Number.NaN), vectors: new Float64Array(n * n).fill(Number.NaN) };
  }
  const scale = largest === 0 ? 1 : largest;
  const dense = Matrix.from1DArray(
    n,
    n,
    matrix.map((value) => withoutTraces(value / scale)),
  );
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(dense, { assumeSymmetric: true });
  const order = Array.from(realEigenvalues.keys()).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]! || a - b);
  const vectors = new Float64Array(n * n);
  order.forEach((column, row) => {
    vectors.set(signed(eigenvectorMatrix.getColumn(column)), row * n);
  });
  return { values: Float64Array.from(order, (column) => scale * realEigenvalues[column]!), vectors };
}

/** The decomposition divides by entries and squares them: what is far below rounding would over- or underflow there. */
function withoutTraces(value: number): number {
  return Math.abs(value) < 1e-60 ? 0 : value;
}

/** An eigenvector is only defined up to its sign: fix it, so that one input gives one picture. */
function signed(vector: readonly number[]): readonly number[] {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}
