export * from "./checkpoint.js";
export * from "./choice.js";
export * from "./config.js";
export { createRun } from "./create-run.js";
export * from "./diagnose.js";
export { type EmbeddedImages, type Embedder, openModel } from "./embedder.js";
export {
  compileEmbedding,
  type Embedded,
  embedItems,
  rawItems,
  type ScoredRetrieval,
  scoreRetrieval,
} from "./evaluation.js";
export * from "./events.js";
export { readRunConfig, runFiles } from "./folder.js";
export { createInputs, createPictures, type InputSource, type Pictures } from "./inputs.js";
export { createModel, type EmbeddingModel } from "./model.js";
export type { PreparedPairs } from "./pairs.js";
export { type PreparedData, summarise } from "./parts.js";
export * from "./precision.js";
export type { ImageInput, ModelInput } from "./preparation.js";
export { prepareData } from "./prepare.js";
export { backbones } from "./pretrained/backbone.js";
export { backboneFiles, completeOptions, expandBackbone, readConfig } from "./pretrained/options.js";
export { fillBank, type Run, scorePart, stepRun, viewedBatches } from "./run.js";
export { type TrainRunOptions, train } from "./train.js";
