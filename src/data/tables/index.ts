export type { DelimitedOptions } from "./delimited-vectors.js";
export { type IdxTensor, type IdxValues, readIdx } from "./idx.js";
export type { FileInput } from "./input.js";
export {
  EMBEDDED_NOTE,
  isEmbeddedFile,
  isVectorFile,
  type ReadVectorsOptions,
  readVectors,
  type VectorFormat,
} from "./read-vectors.js";
export { type VectorColumns, type VectorTable, vectorDataset } from "./vector-table.js";
export { type NpyValues, writeNpy } from "./write-npy.js";
export { type WrittenVectors, writeParquetVectors } from "./write-parquet.js";
