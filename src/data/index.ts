export {
  type DatasetSummary,
  listDatasets,
  listPublishedSets,
  type PublishedSummary,
  type SplitSummary,
} from "./catalog.js";
export {
  classIndex,
  type Dataset,
  type DatasetProtocol,
  type EncodedImage,
  type ImageContent,
  type ImageDataset,
  type ImageItem,
  type Item,
  type RawImage,
  type Role,
  type Template,
  type VectorDataset,
  type VerificationPairs,
} from "./dataset.js";
export { type DemoOptions, demoInstallCommand, type EmojiVendor, emojiVendors, openDemo } from "./demo.js";
export { type ImageBatch, type ImageBatchOptions, imageBatches, inOrder } from "./images/batches.js";
export { type ColorChange, changeColor } from "./images/color.js";
export { type DecodeOptions, decodeImage, type RgbImage } from "./images/decode.js";
export {
  type ImageInspection,
  type InspectOptions,
  inspectImages,
  type SkippedImage,
  skippedImage,
} from "./images/inspect.js";
export type { FailedImage } from "./images/render.js";
export { type Box, resample, rotate, type Size } from "./images/resample.js";
export { ImageStore, type ImageStoreOptions } from "./images/store.js";
export { thumbnailUri } from "./images/thumbnail.js";
export {
  type EvaluationTransformOptions,
  evaluationTransform,
  type ImageTransform,
  type TrainingTransformOptions,
  type TransformRecipe,
  trainingTransform,
} from "./images/transform.js";
export { dataFolders, type OpenOptions, openDataset } from "./open.js";
export * from "./pairs/index.js";

export type { Layout, OfficialFile, PartCount, PublishedSet, SetContent, SetReader } from "./sets/published.js";
export { publishedSets } from "./sets/registry.js";
export type { SetSource } from "./sets/source.js";
export type { ListingColumns } from "./sources/listing.js";
export * from "./tables/index.js";
export { pairsAmong, type VerificationPair, verificationPairs } from "./verification.js";
