import { columnMeans } from "../linalg/principal-components.js";
import { type Rows, rowAt, rowCount } from "../linalg/rows.js";

/** Standard deviation of each column [D], divisor N. */
export function columnDeviations(rows: Rows): Float64Array {
  const total = rowCount(rows);
  const means = columnMeans(rows);
  const variances = new Float64Array(rows.dimension);
  for (let n = 0; n < total; n++) {
    const row = rowAt(rows, n);
    for (let d = 0; d < means.length; d++) variances[d]! += (row[d]! - means[d]!) ** 2 / total;
  }
  return variances.map(Math.sqrt);
}
