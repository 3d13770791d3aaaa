export type { AnalysisSummary } from "./analysis.js";
export { comparedStandings } from "./compared-standings.js";
export type {
  ComparedSystem,
  Comparison,
  Credit,
  DataSummary,
  Diagnosis,
  EmbeddingMap,
  MapPoint,
  Measurement,
  NeighbourRow,
  NeighbourSheet,
  ParameterSummary,
  ReportData,
  SheetItem,
  Thumbnail,
  TrainingCurves,
} from "./data.js";
export { classesFigure, distancesFigure, hubnessFigure, spectrumFigure } from "./figures/analysis.js";
export { comparisonFigure } from "./figures/comparison.js";
export { embeddingMapFigure } from "./figures/embedding-map.js";
export { type Figure, toSvg } from "./figures/figure.js";
export { icicleFigure } from "./figures/icicle.js";
export { learningFigure } from "./figures/learning.js";
export { parallelFigure } from "./figures/parallel.js";
export { differencesFigure, ranksFigure, scoresFigure } from "./figures/standings.js";
export { trainingLossFigure } from "./figures/training-loss.js";
export { validationFigure } from "./figures/validation.js";
export {
  joinedScope,
  type ProfiledNode,
  type ProfiledPart,
  type ProfiledScope,
  type ProfileSummary,
  profiledParts,
  scopeTime,
} from "./profile.js";
export { renderReport } from "./render.js";
export type {
  FactSheet,
  LearningCurves,
  MeasuredDifference,
  RankSummary,
  SearchedParameter,
  SearchSummary,
  SearchTrial,
  StandingMethod,
  Standings,
} from "./standings.js";
