import { rowCount } from "../../linalg/rows.js";
import { matmul } from "../../ops/index.js";
import { compile, type DeviceOptions } from "../../run/index.js";
import { checkSearchRows } from "./check.js";
import { type Embeddings, prepareSearch, type SearchDistance } from "./prepare.js";

/** Settings of {@link scanDistances}. */
export interface ScanOptions extends DeviceOptions {
  /** Default cosine. */
  readonly distance?: SearchDistance;
  /** Most bytes for the distances held at once. Default 64 MiB. */
  readonly scoreBytes?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Shows the distances of each query to the whole gallery, a query at a time in order: what needs every distance once and
 * has no room for all of them. `visit` gets a row [G] that is only valid during the call.
 * Throws `SimileError` (`search`) for dimensions that differ and numbers that are not finite.
 */
export async function scanDistances(
  queries: Embeddings,
  gallery: Embeddings,
  { distance = "cosine", scoreBytes = 2 ** 26, onProgress, ...device }: ScanOptions,
  visit: (query: number, distances: Float32Array) => void,
): Promise<void> {
  checkSearchRows("scanDistances", queries, gallery);
  const total = rowCount(queries);
  const width = rowCount(gallery);
  if (total === 0 || width === 0) return;
  const { queries: asked, gallery: held, bias, distance: turn } = prepareSearch(queries, gallery, distance);
  const { dimension } = gallery;
  const rows = (name: string) => ({ shape: [name, dimension] });
  const program = await compile(
    ({ q, g }) => ({ outputs: { products: matmul(q, g.transpose()) } }),
    { q: rows("q"), g: rows("g") },
    { ...device, name: "distances" },
  );
  try {
    const step = Math.max(1, Math.min(1024, Math.floor(scoreBytes / 4 / width)));
    for (let first = 0; first < total; first += step) {
      const q = asked.data.subarray(first * dimension, Math.min(total, first + step) * dimension);
      const products = (await program.run({ q, g: held.data })).products!.data as Float32Array;
      const found = q.length / dimension;
      for (let row = 0; row < found; row++) {
        const line = products.subarray(row * width, (row + 1) * width);
        for (let item = 0; item < width; item++) line[item] = turn(line[item]! + (bias ? bias[item]! : 0), first + row);
        visit(first + row, line);
      }
      onProgress?.(first + found, total);
    }
  } finally {
    await program.release();
  }
}
