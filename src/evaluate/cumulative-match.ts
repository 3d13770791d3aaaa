import { checkRetrieval, type Retrieval, relevantCounts } from "./neighbours.js";

/**
 * Cumulative match characteristic [k] (Moon, Phillips, 2001; re-identification's curve): entry i is the share of queries whose first
 * right neighbour is within the first i + 1, so that CMC(1) is the rank-1 rate. With several right items a query, as in
 * Market-1501, it is Recall@K; lone queries do not count.
 *
 * Example: first hits at ranks 1, 3 and never, k = 4: 1/3, 1/3, 2/3, 2/3.
 * Throws `SimileError` (`neighbours`).
 */
export function cumulativeMatch(retrieval: Retrieval): Float64Array {
  checkRetrieval(retrieval);
  const { neighbours, queryLabels, galleryLabels, gain } = retrieval;
  const { indices, k } = neighbours;
  const relevant = relevantCounts(retrieval);
  const right = (query: number, item: number) =>
    item >= 0 && (gain ? gain(query, item) > 0 : galleryLabels[item] === queryLabels[query]);
  const curve = new Float64Array(k);
  let scored = 0;
  relevant.forEach((count, query) => {
    if (count === 0) return;
    scored++;
    const first = indices.subarray(query * k, (query + 1) * k).findIndex((item) => right(query, item));
    if (first >= 0) for (let rank = first; rank < k; rank++) curve[rank]!++;
  });
  return curve.map((found) => found / scored);
}
