import { type Dataset, emojiVendors } from "../data/index.js";
import { SimileError } from "../errors/index.js";
import type { DataSummary } from "./events.js";
import type { PreparedPairs } from "./pairs.js";

/** Positions in the data set of each part. */
export interface Parts {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** A data set ready to train on. */
export interface PreparedData {
  readonly dataset: Dataset;
  readonly parts: Parts;
  /** Class of each item, over all classes. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  /** Classes of the training part, and for each of its items which of them it is. */
  readonly trainClasses: readonly string[];
  readonly trainLabels: Int32Array;
  /** What the sampler's positions refer to: the training part, or both items of each training pair in turn. */
  readonly drawn: Int32Array;
  /** Of a run that learns from pairs; `trainLabels` are then what pairedRelation takes. */
  readonly pairs?: PreparedPairs;
  readonly summary: DataSummary;
}

/** Parts that can be trained and tested on, or the error that says which cannot. */
export function checkParts(parts: Parts, where: string): Parts {
  for (const name of ["train", "test"] as const) {
    if (parts[name].length >= 2) continue;
    throw new SimileError({
      code: "empty-part",
      where: `${where}, ${name} part`,
      expected: "at least two items",
      received: `${parts[name].length}`,
      remedy: "add data, or change split.test, split.validation or split.by",
    });
  }
  return parts;
}

/** What a run tells of its data. */
export function summarise(
  dataset: Dataset,
  parts: Parts,
  labels: Int32Array,
  classes: readonly string[],
  skipped: DataSummary["skipped"],
): DataSummary {
  const sizes = new Int32Array(classes.length);
  for (const label of labels) sizes[label]!++;
  const count = (items: Int32Array) => ({
    items: items.length,
    classes: new Set(items.map((item) => labels[item]!)).size,
  });
  return {
    name: dataset.name,
    kind: dataset.kind,
    parts: { train: count(parts.train), validation: count(parts.validation), test: count(parts.test) },
    loneClasses: classes.filter((_, label) => sizes[label] === 1),
    ...(dataset.notes && { notes: dataset.notes }),
    skipped: skipped.map(({ name, reason }) => ({ name, reason })),
    credits:
      dataset.name === "demo" ? emojiVendors.map(({ work, author, licence }) => ({ work, author, licence })) : [],
  };
}
