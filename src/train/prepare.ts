import {
  classIndex,
  type Dataset,
  type ImageStore,
  inspectImages,
  type OpenOptions,
  openDataset,
} from "../data/index.js";
import { splitByClass, splitBySample } from "../data/splits.js";
import { Random } from "../rng/index.js";
import type { TrainConfig } from "./config.js";
import type { TrainEvent } from "./events.js";
import { preparePairs } from "./pairs.js";
import { checkParts, type Parts, type PreparedData, summarise } from "./parts.js";

/** Opens, inspects and splits the data of a configuration, telling how far it is. */
export async function* prepareData(config: TrainConfig, store: ImageStore): AsyncGenerator<TrainEvent, PreparedData> {
  const opened = await openDataset(config.data, openOptions(config));
  const { dataset, skipped } =
    opened.kind === "image" ? yield* inspected(opened, config, store) : { dataset: opened, skipped: [] };
  if (config.pairs !== undefined) return preparePairs(config, config.pairs, dataset, skipped);
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
    drawn: parts.train,
    summary: summarise(dataset, parts, labels, classes, skipped),
  };
}

/** What a configuration says of its data's file. */
function openOptions({ columns, labels, pairs }: TrainConfig): OpenOptions {
  const given = Object.entries(columns).filter(([, column]) => column !== undefined);
  return {
    columns: Object.fromEntries(given),
    ...(labels !== undefined && { labels }),
    ...(pairs !== undefined && { unlabelled: "keep" as const }),
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
    return checkParts({ train, validation, test }, data);
  }
  const of = (name: string) => all.filter((item) => dataset.items[item]!.split === name);
  const [train, test, validation] = [of("train"), of("test"), of("validation")];
  if (validation.length > 0) return checkParts({ train, validation, test }, data);
  const shared = new Set(train.map((item) => labels[item]!));
  const unit = test.some((item) => shared.has(labels[item]!)) ? "sample" : "class";
  const [rest, taken] = cut(train, split.validation, unit, "validation");
  return checkParts({ train: rest, validation: taken, test }, data);
}
