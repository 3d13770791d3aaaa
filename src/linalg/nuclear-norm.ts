import { gramOfColumns } from "./gram.js";
import { transpose } from "./products.js";
import { type Rows, rowCount } from "./rows.js";
import { symmetricEigen } from "./symmetric-eigen.js";

/**
 * Sum of the singular values of [N, D], from the eigenvalues of the smaller of its two Gram matrices. Singular values
 * below about 1e-8 of the largest are lost in rounding, which does not matter to the sum.
 */
export function nuclearNorm(rows: Rows): number {
  const narrow = rowCount(rows) < rows.dimension ? transpose(rows) : rows;
  if (narrow.dimension === 0) return 0;
  const { values } = symmetricEigen(gramOfColumns(narrow), narrow.dimension);
  return values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
}
