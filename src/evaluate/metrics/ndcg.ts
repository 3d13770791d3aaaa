import { checkedDepth, type QueryMetric } from "../query-metric.js";

/** Options of {@link ndcgAt}. */
export interface NdcgOptions {
  /** `linear` (default): the gain itself; `exponential`: 2^gain - 1 (Burges et al., ICML 2005). A hit has gain 1 in both. */
  readonly gain?: "linear" | "exponential";
}

/**
 * Normalised discounted cumulative gain at K (Jarvelin, Kekalainen: Cumulated Gain-Based Evaluation of IR Techniques, TOIS
 * 2002): the sum of gain / log2(rank + 1) over the first K, divided by what the best possible list would give. The gain is 1 for
 * a hit unless relevance is graded.
 *
 * Example: R = 2, K = 3, hits at ranks 1 and 3: (1 + 1/2) / (1 + 1/log2 3) = 1.5 / 1.63093 = .91972. Graded: gains 1, 0, 3 found
 * of 3 and 1: (1 + 3/2) / (3 + 1/log2 3) = 2.5 / 3.63093 = .68853.
 */
export function ndcgAt(k: number, { gain = "linear" }: NdcgOptions = {}): QueryMetric {
  const depth = checkedDepth("ndcgAt", k);
  const worth = gain === "linear" ? (value: number) => value : (value: number) => 2 ** value - 1;
  return {
    depth,
    score: ({ hits, relevant, graded }) => {
      const found = graded?.gains ?? hits;
      let sum = 0;
      for (let rank = 0; rank < Math.min(depth, hits.length); rank++) sum += worth(found[rank]!) * discount(rank);
      let best = 0;
      for (let rank = 0; rank < Math.min(depth, relevant); rank++)
        best += worth(graded?.ideal[rank] ?? 1) * discount(rank);
      return sum / best;
    },
  };
}

function discount(rank: number): number {
  return 1 / Math.log2(rank + 2);
}
