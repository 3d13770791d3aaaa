export type { Rows } from "../linalg/rows.js";
export { type Contingency, contingency } from "./clustering/contingency.js";
export {
  adjustedMutualInformation,
  completeness,
  type EntropyAverage,
  homogeneity,
  mutualInformation,
  normalizedMutualInformation,
} from "./clustering/mutual-information.js";
export {
  adjustedRandIndex,
  fowlkesMallows,
  type PairCounts,
  pairCounts,
  pairF1,
  randIndex,
} from "./clustering/pair-counts.js";
export { purity } from "./clustering/purity.js";
export { compareRetrieval, type RetrievalComparison, type ScoredSystem } from "./compare.js";
export { type Density, density } from "./geometry/density.js";
export { calinskiHarabasz, daviesBouldin } from "./geometry/dispersion.js";
export type { RowDistanceName } from "./geometry/row-distance.js";
export { silhouettes } from "./geometry/silhouette.js";
export { type SpectralDecayOptions, singularSpectrum, spectralDecay } from "./geometry/spectrum.js";
export { averagePrecision, averagePrecisionAtR } from "./metrics/average-precision.js";
export { ndcgAt } from "./metrics/ndcg.js";
export { precisionAt, rPrecision } from "./metrics/precision.js";
export { recallAt, recallFractionAt } from "./metrics/recall.js";
export { reciprocalRank } from "./metrics/reciprocal-rank.js";
export { worstMistakes } from "./mistakes.js";
export { candidateCount, type Neighbours, neighboursNeeded, type Retrieval, relevantCounts } from "./neighbours.js";
export type { QueryMetric, RankedQuery } from "./query-metric.js";
export { evaluateRetrieval, type MetricSummary, type RetrievalResult, retrievalMetrics } from "./retrieval.js";
export { nearestNeighbours, type SearchOptions } from "./search/nearest.js";
export { type PlanOptions, planSearch, type SearchPlan } from "./search/plan.js";
export type { Embeddings, SearchDistance } from "./search/prepare.js";
