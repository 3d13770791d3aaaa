import { SimileError } from "../../errors/index.js";
import { type Rows, rowAt, rowCount } from "../../linalg/rows.js";

/** The rows of each group, groups ascending. Throws `SimileError` (`embeddings`) unless there is one label a row. */
export function groupRows(embeddings: Rows, labels: Int32Array, where: string): (Float32Array | Float64Array)[][] {
  if (!Number.isInteger(rowCount(embeddings)) || rowCount(embeddings) !== labels.length || labels.length === 0) {
    throw new SimileError({
      code: "embeddings",
      where,
      expected: "one label a row and at least one row",
      received: `${embeddings.data.length} numbers of dimension ${embeddings.dimension} and ${labels.length} labels`,
      remedy: "pass [N, D] embeddings with N labels",
    });
  }
  const groups = new Map<number, (Float32Array | Float64Array)[]>();
  labels.forEach((label, row) => {
    const members = groups.get(label);
    if (members) members.push(rowAt(embeddings, row));
    else groups.set(label, [rowAt(embeddings, row)]);
  });
  return [...groups].sort(([a], [b]) => a - b).map(([, members]) => members);
}

/** Mean of some rows [D]. */
export function centroid(rows: readonly (Float32Array | Float64Array)[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let d = 0; d < mean.length; d++) mean[d]! += row[d]! / rows.length;
  return mean;
}
