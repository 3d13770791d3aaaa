export * from "./checkpoint.js";
export * from "./choice.js";
export * from "./config.js";
export * from "./diagnose.js";
export { type EmbeddedImages, type Embedder, openModel } from "./embedder.js";
export * from "./events.js";
export { readRunConfig, runFiles } from "./folder.js";
export type { ModelInput } from "./model.js";
export { type TrainRunOptions, train } from "./train.js";
