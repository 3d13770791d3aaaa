import { SimileError } from "../../errors/index.js";
import type { Embeddings } from "./prepare.js";

/** Throws `SimileError` (`search`) unless both have one dimension and finite numbers only. */
export function checkSearchRows(where: string, queries: Embeddings, gallery: Embeddings): void {
  if (queries.dimension !== gallery.dimension) {
    const expected = `queries of the gallery's ${gallery.dimension} dimensions`;
    throw searchError(where, expected, `${queries.dimension}`, "embed both with the same model");
  }
  checkFinite(where, "query", queries);
  if (gallery.data !== queries.data) checkFinite(where, "gallery", gallery);
}

function checkFinite(where: string, name: string, { data, dimension }: Embeddings): void {
  let sum = 0;
  // 0 for finite numbers, NaN for all others.
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  if (sum === 0) return;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  throw searchError(
    where,
    "finite numbers",
    `${data[bad]} in ${name} ${Math.floor(bad / dimension)}`,
    "the model diverged or the vector is damaged; leave it out",
  );
}

/** The error of a search that cannot be done. */
export function searchError(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "search", where, expected, received, remedy });
}
