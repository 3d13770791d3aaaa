import { Registry } from "../registry/index.js";
import { arcFaceEntry } from "./arcface.js";
import { contrastiveEntry } from "./contrastive.js";
import type { Loss, LossEntry } from "./loss.js";
import { multiSimilarityEntry } from "./multi-similarity.js";
import { proxyAnchorEntry } from "./proxy-anchor.js";
import { tripletEntry } from "./triplet.js";

export { type ArcFaceOptions, addAngularMargin, arcFace } from "./arcface.js";
export * from "./classes.js";
export * from "./combinators.js";
export { type ContrastiveOptions, contrastive } from "./contrastive.js";
export * from "./exponentials.js";
export * from "./loss.js";
export { type MultiSimilarityOptions, multiSimilarity } from "./multi-similarity.js";
export { type ProxyAnchorOptions, proxyAnchor } from "./proxy-anchor.js";
export * from "./regularized.js";
export { type TripletOptions, triplet } from "./triplet.js";
export * from "./triplet-terms.js";

/** Every loss by name. */
export const losses = new Registry<Loss, LossEntry>("loss", [
  arcFaceEntry,
  contrastiveEntry,
  multiSimilarityEntry,
  proxyAnchorEntry,
  tripletEntry,
]);
