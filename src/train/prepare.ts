import { classIndex, type Dataset, emojiVendors, type ImageStore, inspectImages, openDataset } from "../data/index.js";
import { splitByClass, splitBySample } from "../data/splits.js";
import { SimileError } from "../errors/index.js";
import { Random } from "../rng/index.js";
import type { TrainConfig } from "./config.js";
import type { DataSummary, TrainEvent } from "./events.js";

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
  readonly summary: DataSummary;
}

/** Opens, inspects and splits the data of a configuration, telling how far it is. */
export async function* prepareData(config: TrainConfig, store: ImageStore): AsyncGenerator<TrainEvent, PreparedData> {
  const opened = await openDataset(config.data);
  const { dataset, skipped } =
    opened.kind === "image" ? yield* inspected(opened, config, store) : { dataset: opened, skipped: [] };
  const { classes, labels } = classIndex(dataset.items);
  const parts = splitParts(dataset, labels, config);
  const trained = parts.train.map((item) => labels[item]!);
  const trainClassIds = [...new Set(trained)].sort((a, b) => a - b);
  const position = new Map(trainClassIds.map((id, index) => [id, index]));
  return {
    dataset,
    parts,
    labels,
    classes,
    trainClasses: trainClassIds.map((id) => classes[id]!),
    trainLabels: trained.map((id) => position.get(id)!),
    summary: summarise(dataset, parts, labels, classes, skipped),
  };
}

/** Decodes every picture once, so that damaged files are known before training and not in the middle of it. */
async function* inspected(dataset: Extract<Dataset, { kind: "image" }>, config: TrainConfig, store: ImageStore) {
  let done = 0;
  const total = dataset.items.length;
  const work = inspectImages(dataset, {
    store,
    maxSkippedShare: config.unreadable,
    onProgress: (looked) => {
      done = looked;
    },
  });
  let finished = false;
  const settled = work.then(
    () => {
      finished = true;
    },
    () => {
      finished = true;
    },
  );
  while (!finished) {
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 200).unref())]);
    yield { type: "prepare" as const, done, total, what: "reading images" };
  }
  return work;
}

function splitParts(dataset: Dataset, labels: Int32Array, { split, seed, data }: TrainConfig): Parts {
  const given =
    dataset.items.some((item) => item.split === "train") && dataset.items.some((item) => item.split === "test");
  const by = split.by === "auto" ? (given ? "given" : "class") : split.by;
  const random = new Random(seed).fork("split");
  const all = Int32Array.from(labels.keys());
  const cut = (items: Int32Array, share: number, unit: "class" | "sample", name: string): [Int32Array, Int32Array] => {
    if (share === 0) return [items, new Int32Array(0)];
    const divide = unit === "class" ? splitByClass : splitBySample;
    const [rest, taken] = divide(
      items.map((item) => labels[item]!),
      [1 - share, share],
      random.fork(name),
    );
    return [rest!.map((at) => items[at]!), taken!.map((at) => items[at]!)];
  };
  if (by !== "given") {
    const [rest, test] = cut(all, split.test, by, "test");
    const [train, validation] = cut(rest, split.validation, by, "validation");
    return check({ train, validation, test }, data);
  }
  const of = (name: string) => all.filter((item) => dataset.items[item]!.split === name);
  const [train, test, validation] = [of("train"), of("test"), of("validation")];
  if (validation.length > 0) return check({ train, validation, test }, data);
  const shared = new Set(train.map((item) => labels[item]!));
  const unit = test.some((item) => shared.has(labels[item]!)) ? "sample" : "class";
  const [rest, taken] = cut(train, split.validation, unit, "validation");
  return check({ train: rest, validation: taken, test }, data);
}

function check(parts: Parts, where: string): Parts {
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

function summarise(
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
    skipped: skipped.map(({ name, reason }) => ({ name, reason })),
    credits:
      dataset.name === "demo" ? emojiVendors.map(({ work, author, licence }) => ({ work, author, licence })) : [],
  };
}
