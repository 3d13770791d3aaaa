import { checkedDepth, hitsWithin, type QueryMetric } from "../query-metric.js";

/**
 * Recall@K as metric learning uses the name: 1 if at least one of the first K is a hit, else 0 (Jegou, Douze, Schmid: Product
 * Quantization for Nearest Neighbor Search, PAMI 2011). R@1 equals P@1.
 *
 * Example: first hit at rank 3: R@1 = R@2 = 0, R@4 = 1.
 */
export function recallAt(k: number): QueryMetric {
  const depth = checkedDepth("recallAt", k);
  return { depth, score: (query) => (hitsWithin(query, depth) > 0 ? 1 : 0) };
}

/**
 * Recall@K as information retrieval uses the name: the share of the R relevant items that is among the first K.
 *
 * Example: R = 10, hits at ranks 1 and 3, K = 4: 2/10 = .2.
 */
export function recallFractionAt(k: number): QueryMetric {
  const depth = checkedDepth("recallFractionAt", k);
  return { depth, score: (query) => hitsWithin(query, depth) / query.relevant };
}
