import { tar, tarGz, zip } from "./archives.js";
import { images } from "./images.js";
import { listings } from "./listings.js";
import { onnxTarget } from "./onnx.js";
import { sets } from "./sets.js";
import { csv, idx, jsonl, mat, npy, parquet } from "./tables.js";
import type { FuzzTarget } from "./target.js";

/** Every reader of bytes that others wrote. */
export const fuzzTargets: readonly FuzzTarget[] = [
  npy,
  csv,
  jsonl,
  parquet,
  idx,
  mat,
  zip,
  tar,
  tarGz,
  images,
  listings,
  onnxTarget,
  ...sets,
];
