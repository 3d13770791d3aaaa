import { Registry } from "../registry/index.js";
import { centerInvariantEntry } from "./center-invariant.js";
import { glasEntry } from "./glas.js";
import { lpRegularizerEntry } from "./lp.js";
import { orthogonalityEntry } from "./orthogonality.js";
import { regularFaceEntry } from "./regular-face.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";
import { sparseCentersEntry } from "./sparse-centers.js";
import { spectralEntry } from "./spectral.js";
import { spreadOutEntry } from "./spread-out.js";
import { zeroMeanEntry } from "./zero-mean.js";

export { centerInvariant } from "./center-invariant.js";
export { cooccurrenceTargets, type GlasOptions, glas } from "./glas.js";
export { type LpRegularizerOptions, lpRegularizer } from "./lp.js";
export { regularizerOption } from "./nested.js";
export { orthogonality } from "./orthogonality.js";
export { type RegularFaceOptions, regularFace } from "./regular-face.js";
export * from "./regularizer.js";
export { centerDistances, type SparseCentersOptions, sparseCenters } from "./sparse-centers.js";
export { spectral } from "./spectral.js";
export { spreadOut, squaredSimilarities } from "./spread-out.js";
export { zeroMean } from "./zero-mean.js";

/** Every regularizer by name. */
export const regularizers: Registry<Regularizer, RegularizerEntry> = new Registry<Regularizer, RegularizerEntry>(
  "regularizer",
  [
    centerInvariantEntry,
    lpRegularizerEntry,
    regularFaceEntry,
    sparseCentersEntry,
    zeroMeanEntry,
    spreadOutEntry,
    glasEntry,
    orthogonalityEntry,
    spectralEntry,
  ],
);
