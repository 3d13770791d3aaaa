import { type Rows, rowAt, rowCount } from "./rows.js";

/** X^T X [D, D] row-major in float64, of rows X [N, D] from which `shift` [D] is subtracted first. */
export function gramOfColumns(rows: Rows, shift?: Float64Array): Float64Array {
  const { dimension } = rows;
  const gram = new Float64Array(dimension * dimension);
  const row = new Float64Array(dimension);
  for (let n = 0; n < rowCount(rows); n++) {
    const source = rowAt(rows, n);
    for (let d = 0; d < dimension; d++) row[d] = source[d]! - (shift?.[d] ?? 0);
    addOuterProduct(gram, row);
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) gram[i * dimension + j] = gram[j * dimension + i]!;
  return gram;
}

/** Upper triangle only: the product is symmetric. */
function addOuterProduct(gram: Float64Array, row: Float64Array): void {
  const dimension = row.length;
  for (let i = 0; i < dimension; i++) {
    const factor = row[i]!;
    if (factor === 0) continue;
    for (let j = i; j < dimension; j++) gram[i * dimension + j]! += factor * row[j]!;
  }
}
