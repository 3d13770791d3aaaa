import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** A symmetric positive definite matrix [n, n] (row-major) made ready to be solved with, many times. */
export interface Factored {
  readonly logDeterminant: number;
  /** x with A x = b. */
  solve(b: Float64Array): Float64Array;
}

/** The Cholesky factor of a matrix, or undefined when rounding makes it not positive definite. */
export function factorPositiveDefinite(matrix: Float64Array, n: number): Factored | undefined {
  const decomposition = new CholeskyDecomposition(Matrix.from1DArray(n, n, matrix));
  if (!decomposition.isPositiveDefinite()) return undefined;
  const lower = decomposition.lowerTriangularMatrix;
  return {
    logDeterminant: lower.diagonal().reduce((sum, value) => sum + 2 * Math.log(value), 0),
    solve: (b) => Float64Array.from(decomposition.solve(Matrix.columnVector(b)).to1DArray()),
  };
}
