import { Registry } from "../registry/index.js";
import { angularEntry } from "./angular.js";
import { arcFaceEntry } from "./arcface.js";
import { circleEntry } from "./circle.js";
import { contrastiveEntry } from "./contrastive.js";
import { generalizedLiftedStructureEntry } from "./generalized-lifted-structure.js";
import { intraPairVarianceEntry } from "./intra-pair-variance.js";
import { liftedStructureEntry } from "./lifted-structure.js";
import type { Loss, LossEntry } from "./loss.js";
import { marginEntry } from "./margin.js";
import { multiSimilarityEntry } from "./multi-similarity.js";
import { nPairEntry } from "./n-pair.js";
import { ncaEntry } from "./nca.js";
import { ntXentEntry } from "./nt-xent.js";
import { proxyAnchorEntry } from "./proxy-anchor.js";
import { supConEntry } from "./supcon.js";
import { tripletEntry } from "./triplet.js";
import { tupletMarginEntry } from "./tuplet-margin.js";

export { type AngularOptions, angular } from "./angular.js";
export { type ArcFaceOptions, addAngularMargin, arcFace } from "./arcface.js";
export { type CircleOptions, circle } from "./circle.js";
export * from "./classes.js";
export * from "./combinators.js";
export { type ContrastiveOptions, contrastive } from "./contrastive.js";
export * from "./exponentials.js";
export { type GeneralizedLiftedStructureOptions, generalizedLiftedStructure } from "./generalized-lifted-structure.js";
export { type IntraPairVarianceOptions, intraPairVariance } from "./intra-pair-variance.js";
export { type LiftedStructureOptions, liftedStructure } from "./lifted-structure.js";
export * from "./loss.js";
export { type MarginOptions, margin } from "./margin.js";
export { type MultiSimilarityOptions, multiSimilarity } from "./multi-similarity.js";
export { type NPairOptions, nPair } from "./n-pair.js";
export { type NcaOptions, nca } from "./nca.js";
export { type NtXentOptions, ntXent } from "./nt-xent.js";
export { type ProxyAnchorOptions, proxyAnchor } from "./proxy-anchor.js";
export * from "./regularized.js";
export { type SupConOptions, supCon } from "./supcon.js";
export { type TripletOptions, triplet } from "./triplet.js";
export * from "./triplet-terms.js";
export { type TupletMarginOptions, tupletMargin } from "./tuplet-margin.js";

/** Every loss by name. */
export const losses = new Registry<Loss, LossEntry>("loss", [
  arcFaceEntry,
  contrastiveEntry,
  multiSimilarityEntry,
  proxyAnchorEntry,
  tripletEntry,
  angularEntry,
  circleEntry,
  generalizedLiftedStructureEntry,
  intraPairVarianceEntry,
  liftedStructureEntry,
  marginEntry,
  nPairEntry,
  ncaEntry,
  ntXentEntry,
  supConEntry,
  tupletMarginEntry,
]);
