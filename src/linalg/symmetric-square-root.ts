import { symmetricEigen } from "./symmetric-eigen.js";

/**
 * The symmetric positive semi-definite square root [n, n] of such a matrix, row-major: R with R R = matrix. Eigenvalues
 * below 0, which rounding makes of 0, count as 0.
 */
export function symmetricSquareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const root = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const weight = Math.sqrt(Math.max(values[k]!, 0));
    for (let i = 0; i < n; i++) {
      const factor = weight * vectors[k * n + i]!;
      for (let j = 0; j < n; j++) root[i * n + j]! += factor * vectors[k * n + j]!;
    }
  }
  return root;
}
