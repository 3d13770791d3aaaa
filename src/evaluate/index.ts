export type { Rows } from "../linalg/rows.js";
export { alignment, sampleRows, type UniformityOptions, uniformity } from "./analysis/alignment.js";
export {
  type AnalysisOptions,
  analyseEmbeddings,
  type DistanceHistogram,
  type EmbeddingAnalysis,
} from "./analysis/analyse.js";
export { type ConfusedClasses, confusedClasses } from "./analysis/confusion.js";
export { type Hubness, hubness } from "./analysis/hubness.js";
export {
  type SpectralComplexity,
  type SpectralComplexityOptions,
  spectralComplexity,
} from "./analysis/spectral-complexity.js";
export { type Contingency, contingency } from "./clustering/contingency.js";
export { type Clusters, type KMeansOptions, kMeans } from "./clustering/k-means.js";
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
export {
  type ClusteringOptions,
  type ClusteringScores,
  clusteringScores,
  evaluateClustering,
  unitRows,
} from "./clustering/scores.js";
export { compareRetrieval, type RetrievalComparison, type ScoredSystem } from "./compare.js";
export { cumulativeMatch } from "./cumulative-match.js";
export {
  type EmbeddingEvaluation,
  type EvaluationOptions,
  evaluateEmbeddings,
  type LabelledRows,
} from "./evaluate-embeddings.js";
export { type Density, density } from "./geometry/density.js";
export { calinskiHarabasz, daviesBouldin } from "./geometry/dispersion.js";
export type { RowDistanceName } from "./geometry/row-distance.js";
export { silhouettes } from "./geometry/silhouette.js";
export { type SpectralDecayOptions, singularSpectrum, spectralDecay } from "./geometry/spectrum.js";
export type { InputReport } from "./input-report.js";
export { type LabelOverlap, labelOverlap } from "./label-sets.js";
export {
  type ChosenMetrics,
  chooseMetrics,
  clusteringMetricNames,
  metricNames,
  pairMetricNames,
} from "./metric-names.js";
export { type AveragePrecisionOptions, averagePrecision, averagePrecisionAtR } from "./metrics/average-precision.js";
export { type NdcgOptions, ndcgAt } from "./metrics/ndcg.js";
export { precisionAt, rPrecision } from "./metrics/precision.js";
export { recallAt, recallFractionAt } from "./metrics/recall.js";
export { reciprocalRank } from "./metrics/reciprocal-rank.js";
export { worstMistakes } from "./mistakes.js";
export {
  candidateCount,
  type Exclusion,
  JUNK,
  type Neighbours,
  neighboursNeeded,
  type Relation,
  type Retrieval,
  relevantCounts,
  searchDepth,
  withoutExcluded,
} from "./neighbours.js";
export type { QueryMetric, RankedQuery } from "./query-metric.js";
export { evaluateRetrieval, type MetricSummary, type RetrievalResult, retrievalMetrics } from "./retrieval.js";
export {
  type ApproximateIndex,
  type ApproximateOptions,
  type ApproximateSearch,
  approximateIndex,
} from "./search/approximate.js";
export { nearestNeighbours, type SearchOptions } from "./search/nearest.js";
export { type PlanOptions, planSearch, type SearchPlan } from "./search/plan.js";
export type { Embeddings, SearchDistance } from "./search/prepare.js";
export { type ScanOptions, scanDistances } from "./search/scan.js";
export { type ClassTripletOptions, classTripletAccuracy, tripletAccuracy } from "./triplet-accuracy.js";
export { type Calibration, type CalibrationOptions, calibrateThreshold } from "./verification/calibrate.js";
export { type FoldAccuracy, foldAccuracy, type VerificationAccuracy } from "./verification/folds.js";
export { pairDistances } from "./verification/pairs.js";
export {
  areaUnderRoc,
  equalErrorRate,
  type OperatingPoint,
  operatingPoint,
  type RocCurve,
  rocCurve,
} from "./verification/roc.js";
export { acceptedRight, bestThreshold } from "./verification/threshold.js";
