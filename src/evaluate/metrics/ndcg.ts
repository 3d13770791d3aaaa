import { checkedDepth, type QueryMetric } from "../query-metric.js";

/**
 * Normalised discounted cumulative gain at K with gain 1 for a hit (Jarvelin, Kekalainen: Cumulated Gain-Based Evaluation of IR
 * Techniques, TOIS 2002): the sum of 1 / log2(rank + 1) over the hits among the first K, divided by what min(K, R) hits in
 * front would give.
 *
 * Example: R = 2, K = 3, hits at ranks 1 and 3: (1 + 1/2) / (1 + 1/log2 3) = 1.5 / 1.63093 = .91972.
 */
export function ndcgAt(k: number): QueryMetric {
  const depth = checkedDepth("ndcgAt", k);
  return {
    depth,
    score: ({ hits, relevant }) => {
      const end = Math.min(depth, hits.length);
      let gain = 0;
      for (let rank = 0; rank < end; rank++) if (hits[rank] === 1) gain += discount(rank);
      let best = 0;
      for (let rank = 0; rank < Math.min(depth, relevant); rank++) best += discount(rank);
      return gain / best;
    },
  };
}

function discount(rank: number): number {
  return 1 / Math.log2(rank + 2);
}
