/** How much two items with several labels each have to do with one another. */
export type LabelOverlap = "any" | "count" | "jaccard";

/**
 * Relevance between items with several labels each, for `Retrieval.gain`: `any` 1 when they share a label, `count` how many they
 * share, `jaccard` shared labels over all labels of the two.
 *
 * Example: {1, 2, 3} and {2, 3, 5}: 1, 2 and 2/4 = .5. An item without labels is relevant to nothing.
 */
export function labelOverlap(
  queries: readonly ReadonlySet<number>[],
  gallery: readonly ReadonlySet<number>[],
  overlap: LabelOverlap = "any",
): (query: number, item: number) => number {
  return (query, item) => {
    const [a, b] = [queries[query]!, gallery[item]!];
    let shared = 0;
    for (const label of a) if (b.has(label)) shared++;
    if (overlap === "any") return Math.min(shared, 1);
    return overlap === "count" || shared === 0 ? shared : shared / (a.size + b.size - shared);
  };
}
