import { Registry } from "../registry/index.js";
import { angularEntry } from "./angular.js";
import { arcFaceEntry } from "./arcface.js";
import { asymmetricStreamsEntry } from "./asymmetric-streams.js";
import { centerEntry } from "./center.js";
import { centroidTripletEntry } from "./centroid-triplet.js";
import { circleEntry } from "./circle.js";
import { withCommonOptions } from "./common-options.js";
import { contrastiveEntry } from "./contrastive.js";
import { cosFaceEntry } from "./cosface.js";
import { crossBatchMemoryEntry } from "./cross-batch-memory.js";
import { dynamicSoftMarginEntry } from "./dynamic-soft-margin.js";
import { fastApEntry } from "./fast-ap.js";
import { generalizedLiftedStructureEntry } from "./generalized-lifted-structure.js";
import { histogramEntry } from "./histogram.js";
import { instanceEntry } from "./instance.js";
import { intraPairVarianceEntry } from "./intra-pair-variance.js";
import { invariantSpreadingEntry } from "./invariant-spreading.js";
import { largeMarginSoftmaxEntry } from "./large-margin-softmax.js";
import { liftedStructureEntry } from "./lifted-structure.js";
import { logRatioEntry } from "./log-ratio.js";
import type { Loss, LossEntry } from "./loss.js";
import { manifoldEntry } from "./manifold.js";
import { marginEntry } from "./margin.js";
import { multiSimilarityEntry } from "./multi-similarity.js";
import { nPairEntry } from "./n-pair.js";
import { ncaEntry } from "./nca.js";
import { normalizedSoftmaxEntry } from "./normalized-softmax.js";
import { ntXentEntry } from "./nt-xent.js";
import { p2sGradEntry } from "./p2sgrad.js";
import { pnpEntry } from "./pnp.js";
import { proxyAnchorEntry } from "./proxy-anchor.js";
import { proxyNcaEntry } from "./proxy-nca.js";
import { proxyNcaPlusPlusEntry } from "./proxy-nca-plus-plus.js";
import { quadrupletEntry } from "./quadruplet.js";
import { rankedListEntry } from "./ranked-list.js";
import { sampledSoftmaxEntry } from "./sampled-softmax.js";
import { selfSupervisedEntry } from "./self-supervised.js";
import { snrContrastiveEntry, snrLiftedStructureEntry, snrNPairEntry, snrTripletEntry } from "./snr.js";
import { snrHashingEntry } from "./snr-hashing.js";
import { softTripleEntry } from "./soft-triple.js";
import { sphereFaceEntry } from "./sphereface.js";
import { spreadOutLossEntry } from "./spread-out.js";
import { stochasticNegativesEntry } from "./stochastic-negatives.js";
import { subcenterArcFaceEntry } from "./subcenter-arcface.js";
import { supConEntry } from "./supcon.js";
import { thresholdConsistentMarginEntry } from "./threshold-consistent-margin.js";
import { topKPrecisionEntry } from "./top-k-precision.js";
import { tripletEntry } from "./triplet.js";
import { tupletMarginEntry } from "./tuplet-margin.js";
import { upperBoundTripletEntry } from "./upper-bound-triplet.js";
import { vicRegEntry } from "./vicreg.js";
import { weightedSumEntry } from "./weighted-sum.js";

export { type AngularOptions, angular } from "./angular.js";
export { type ArcFaceOptions, addAngularMargin, arcFace } from "./arcface.js";
export { type AsymmetricStreamsOptions, asymmetricStreams } from "./asymmetric-streams.js";
export { type CenterOptions, center } from "./center.js";
export { type CentroidTripletOptions, centroidTriplet } from "./centroid-triplet.js";
export { type CircleOptions, circle } from "./circle.js";
export * from "./classes.js";
export * from "./classifier.js";
export * from "./combinators.js";
export { commonLossOptions } from "./common-options.js";
export { type ContrastiveOptions, contrastive } from "./contrastive.js";
export { type CosFaceOptions, cosFace } from "./cosface.js";
export { type CrossBatchMemoryOptions, crossBatchMemory } from "./cross-batch-memory.js";
export * from "./diffusion.js";
export { type DynamicSoftMarginOptions, dynamicSoftMargin } from "./dynamic-soft-margin.js";
export * from "./exponentials.js";
export { type FastApOptions, fastAp } from "./fast-ap.js";
export { type GeneralizedLiftedStructureOptions, generalizedLiftedStructure } from "./generalized-lifted-structure.js";
export { type HistogramOptions, histogram } from "./histogram.js";
export { type InstanceOptions, instance } from "./instance.js";
export { type IntraPairVarianceOptions, intraPairVariance } from "./intra-pair-variance.js";
export { type InvariantSpreadingOptions, invariantSpreading } from "./invariant-spreading.js";
export { type LargeMarginSoftmaxOptions, largeMarginSoftmax } from "./large-margin-softmax.js";
export { type LiftedStructureOptions, liftedStructure } from "./lifted-structure.js";
export { type LogRatioOptions, logRatio } from "./log-ratio.js";
export * from "./loss.js";
export { type ManifoldOptions, manifold } from "./manifold.js";
export { type MarginOptions, margin } from "./margin.js";
export { type MultiSimilarityOptions, multiSimilarity } from "./multi-similarity.js";
export { multiplyAngle } from "./multiplied-angle.js";
export { type NPairOptions, nPair } from "./n-pair.js";
export { type NcaOptions, nca } from "./nca.js";
export type { LossChoice } from "./nested.js";
export { type NormalizedSoftmaxOptions, normalizedSoftmax } from "./normalized-softmax.js";
export { type NtXentOptions, ntXent } from "./nt-xent.js";
export { type P2sGradOptions, p2sGrad } from "./p2sgrad.js";
export { type PnpOptions, pnp } from "./pnp.js";
export { type ProxyAnchorOptions, proxyAnchor } from "./proxy-anchor.js";
export { type ProxyNcaOptions, proxyNca } from "./proxy-nca.js";
export { type ProxyNcaPlusPlusOptions, proxyNcaPlusPlus } from "./proxy-nca-plus-plus.js";
export { type QuadrupletOptions, quadruplet } from "./quadruplet.js";
export { type RankedListOptions, rankedList } from "./ranked-list.js";
export * from "./regularized.js";
export { type SampledClasses, sampleClasses } from "./sampled-classes.js";
export { type SampledSoftmaxOptions, sampledSoftmax } from "./sampled-softmax.js";
export { type SelfSupervisedOptions, selfSupervised } from "./self-supervised.js";
export { snrContrastive, snrLiftedStructure, snrNPair, snrTriplet } from "./snr.js";
export { type SnrHashingOptions, snrHashing } from "./snr-hashing.js";
export * from "./soft-histogram.js";
export { countCenters, type SoftTripleOptions, softTriple } from "./soft-triple.js";
export { type SphereFaceOptions, sphereFace } from "./sphereface.js";
export { spreadOutLoss } from "./spread-out.js";
export { type StochasticNegativesOptions, stochasticNegatives } from "./stochastic-negatives.js";
export {
  byClass,
  type SubcenterArcFaceOptions,
  type SubcenterOutliers,
  subcenterArcFace,
  subcenterOutliers,
} from "./subcenter-arcface.js";
export { type SupConOptions, supCon } from "./supcon.js";
export { type ThresholdConsistentMarginOptions, thresholdConsistentMargin } from "./threshold-consistent-margin.js";
export { type TopKPrecisionOptions, topKPrecision } from "./top-k-precision.js";
export { type TripletOptions, triplet } from "./triplet.js";
export * from "./triplet-terms.js";
export { type TupletMarginOptions, tupletMargin } from "./tuplet-margin.js";
export { type UpperBoundTripletOptions, upperBoundTriplet } from "./upper-bound-triplet.js";
export { type VicRegOptions, vicReg } from "./vicreg.js";
export { type WeightedSumOptions, weightedSum } from "./weighted-sum.js";

/** Every loss by name. */
export const losses: Registry<Loss, LossEntry> = new Registry<Loss, LossEntry>(
  "loss",
  (
    [
      arcFaceEntry,
      contrastiveEntry,
      multiSimilarityEntry,
      proxyAnchorEntry,
      tripletEntry,
      angularEntry,
      asymmetricStreamsEntry,
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
      dynamicSoftMarginEntry,
      fastApEntry,
      histogramEntry,
      instanceEntry,
      manifoldEntry,
      pnpEntry,
      quadrupletEntry,
      rankedListEntry,
      selfSupervisedEntry,
      thresholdConsistentMarginEntry,
      vicRegEntry,
      weightedSumEntry,
      cosFaceEntry,
      normalizedSoftmaxEntry,
      subcenterArcFaceEntry,
      sphereFaceEntry,
      largeMarginSoftmaxEntry,
      proxyNcaEntry,
      proxyNcaPlusPlusEntry,
      softTripleEntry,
      p2sGradEntry,
      crossBatchMemoryEntry,
      centroidTripletEntry,
      invariantSpreadingEntry,
      logRatioEntry,
      snrHashingEntry,
      topKPrecisionEntry,
      snrContrastiveEntry,
      snrLiftedStructureEntry,
      snrNPairEntry,
      snrTripletEntry,
      centerEntry,
      upperBoundTripletEntry,
      spreadOutLossEntry,
      sampledSoftmaxEntry,
      stochasticNegativesEntry,
    ] as LossEntry[]
  ).map(withCommonOptions),
);
