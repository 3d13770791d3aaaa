import { checkRetrieval, type Retrieval, relevantCounts } from "./neighbours.js";

/**
 * The queries whose nearest neighbour is wrong, the most confident mistake (smallest distance to it) first, at most `count`;
 * equal distances keep the order of the queries. Lone queries are no mistakes: nothing right was there to find.
 * Throws `SimileError` (`neighbours`) for malformed input.
 */
export function worstMistakes(retrieval: Retrieval, count: number): number[] {
  checkRetrieval(retrieval);
  const { neighbours, queryLabels, galleryLabels } = retrieval;
  const { indices, distances, k } = neighbours;
  if (k === 0) return [];
  const relevant = relevantCounts(retrieval);
  const wrong = Array.from(queryLabels.keys()).filter(
    (query) => relevant[query]! > 0 && galleryLabels[indices[query * k]!] !== queryLabels[query],
  );
  return wrong.sort((a, b) => distances[a * k]! - distances[b * k]! || a - b).slice(0, count);
}
