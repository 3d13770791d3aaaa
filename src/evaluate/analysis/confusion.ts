import { type Retrieval, relevantCounts } from "../neighbours.js";

/** One class taken for another. */
export interface ConfusedClasses {
  /** Class of the queries. */
  readonly from: number;
  /** Class of what they found. */
  readonly to: number;
  /** Places among the first R of those queries that are taken by the other class. */
  readonly count: number;
  /** That count over all those places. */
  readonly share: number;
}

/**
 * Which classes are found in place of which, the most frequent (by share, then count) first. Each query's first R neighbours count, R the number of
 * right answers it has, so that a perfect embedding has no entry.
 *
 * Example: 2 queries of class 0 with R = 2 find (0, 1) and (1, 1): class 1 has 3 of 4 places, share .75.
 */
export function confusedClasses(retrieval: Retrieval, most = 20): ConfusedClasses[] {
  const { neighbours, queryLabels, galleryLabels } = retrieval;
  const { indices, k } = neighbours;
  const places = new Map<number, number>();
  const counts = new Map<string, { from: number; to: number; count: number }>();
  relevantCounts(retrieval).forEach((relevant, query) => {
    const from = queryLabels[query]!;
    const depth = Math.min(relevant, k);
    places.set(from, (places.get(from) ?? 0) + depth);
    for (let rank = 0; rank < depth; rank++) {
      const item = indices[query * k + rank]!;
      const to = item < 0 ? from : galleryLabels[item]!;
      if (to === from) continue;
      const entry = counts.get(`${from} ${to}`);
      if (entry) entry.count++;
      else counts.set(`${from} ${to}`, { from, to, count: 1 });
    }
  });
  return [...counts.values()]
    .map((entry) => ({ ...entry, share: entry.count / places.get(entry.from)! }))
    .sort((a, b) => b.share - a.share || b.count - a.count || a.from - b.from || a.to - b.to)
    .slice(0, most);
}
