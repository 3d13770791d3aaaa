export type { RunContext } from "./call.js";
export { type ImportedModel, type ImportedNode, type ImportOptions, importModel } from "./import.js";
export { type FeatureCandidate, inspectModel, type ModelReport, type TrainableLayer } from "./inspect.js";
export type { Signature } from "./signature.js";
export type { ExternalData } from "./tensors.js";
