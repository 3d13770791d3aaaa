import {
  classIndex,
  connectedItems,
  type Dataset,
  type ItemPairs,
  invalidPairs,
  pairsByPosition,
  readPairs,
  type SkippedImage,
  selectPairs,
  splitConnected,
  withUnlike,
} from "../data/index.js";
import {
  acceptedRight,
  areaUnderRoc,
  bestThreshold,
  pairDistances,
  rocCurve,
  type SearchDistance,
} from "../evaluate/index.js";
import { Random } from "../rng/index.js";
import type { TrainConfig } from "./config.js";
import type { Embedded } from "./evaluation.js";
import type { Scores } from "./events.js";
import { checkParts, type Parts, type PreparedData, summarise } from "./parts.js";

/** The pairs of a run, those of each part. */
export interface PreparedPairs {
  readonly train: ItemPairs;
  readonly validation: ItemPairs;
  readonly test: ItemPairs;
  /** What is thought of items that no pair connects. */
  readonly unlisted: "ignore" | "negatives";
  /** Whether retrieval can be judged: there are classes, or what alike pairs connect is all that is alike. */
  readonly complete: boolean;
}

/**
 * Reads the pairs of a configuration and divides the items so that no item of the test is in a pair of the training:
 * by the data's own split where there is one, else by connected groups. Items without classes get as their class the
 * group that alike pairs connect them to, named after its first item.
 */
export async function preparePairs(
  config: TrainConfig,
  path: string,
  opened: Dataset,
  skipped: readonly SkippedImage[],
): Promise<PreparedData> {
  const gone = new Set(skipped.map(({ name }) => name));
  const columns = config.pairColumns;
  const named = (await readPairs(path, columns ? { columns } : {})).filter(
    ({ first, second }) => !gone.has(first) && !gone.has(second),
  );
  const pairs = pairsByPosition(named, opened.items, path, config.pairThreshold);
  const group = connectedItems(opened.items.length, pairs, true);
  const dataset = withClasses(opened, group);
  const random = new Random(config.seed).fork("pairs");
  const partOf = partOfItems(config, dataset, pairs, random);
  const itemsOf = (part: number) => Int32Array.from(partOf.keys()).filter((item) => partOf[item] === part);
  const parts = checkParts({ train: itemsOf(0), validation: itemsOf(1), test: itemsOf(2) }, config.data);
  const pairsOf = (part: number) =>
    selectPairs(
      pairs,
      [...pairs.first.keys()].filter(
        (pair) => partOf[pairs.first[pair]!] === part && partOf[pairs.second[pair]!] === part,
      ),
    );
  const judged = (part: number, name: keyof Parts) =>
    withUnlike(pairsOf(part), parts[name], group, random.fork(`unlike ${name}`));
  const unlisted = unlistedPairs(config, pairs);
  const prepared: PreparedPairs = {
    train: pairsOf(0),
    validation: judged(1, "validation"),
    test: judged(2, "test"),
    unlisted,
    complete: dataset === opened || unlisted === "negatives",
  };
  checkPairs(prepared, path);
  const { classes, labels } = classIndex(dataset.items);
  const ends = (pair: number): [number, number] => [prepared.train.first[pair]!, prepared.train.second[pair]!];
  const drawn = Int32Array.from([...prepared.train.same.keys()].flatMap(ends));
  const sign = (end: number) => (prepared.train.same[end >> 1] ? 1 : -1);
  const used = prepared.train.same.length + pairsOf(1).same.length + pairsOf(2).same.length;
  return {
    dataset,
    parts,
    labels,
    classes,
    trainClasses: [],
    trainLabels: drawn.map((item, end) => sign(end) * (group[item]! + 1)),
    drawn,
    pairs: prepared,
    summary: {
      ...summarise(dataset, parts, labels, classes, skipped),
      loneClasses: [],
      pairs: {
        train: countPairs(prepared.train),
        validation: countPairs(prepared.validation),
        test: countPairs(prepared.test),
        acrossParts: pairs.same.length - used,
      },
    },
  };
}

function countPairs({ same }: ItemPairs): { alike: number; unlike: number } {
  const alike = same.reduce((sum, one) => sum + one, 0);
  return { alike, unlike: same.length - alike };
}

function withClasses(dataset: Dataset, group: Int32Array): Dataset {
  if (dataset.items.some(({ label }) => label !== "")) return dataset;
  const names = dataset.items.map(({ name }) => name);
  const label = (at: number) => names[group[at]!]!;
  return dataset.kind === "image"
    ? { ...dataset, items: dataset.items.map((item, at) => ({ ...item, label: label(at) })) }
    : { ...dataset, items: dataset.items.map((item, at) => ({ ...item, label: label(at) })) };
}

/** 0 train, 1 validation, 2 test, -1 in no pair. */
function partOfItems({ split }: TrainConfig, { items }: Dataset, pairs: ItemPairs, random: Random): Int32Array {
  const names = ["train", "validation", "test"];
  const given = items.some((item) => item.split === "train") && items.some((item) => item.split === "test");
  const fractions = [(1 - split.test) * (1 - split.validation), (1 - split.test) * split.validation, split.test];
  if (!given) return splitConnected(items.length, pairs, fractions, random);
  return Int32Array.from(items, (item) => names.indexOf(item.split ?? ""));
}

function unlistedPairs({ unlistedPairs: asked }: TrainConfig, { same }: ItemPairs): "ignore" | "negatives" {
  if (asked !== "auto") return asked;
  return same.includes(0) ? "ignore" : "negatives";
}

function checkPairs(pairs: PreparedPairs, where: string): void {
  const both = (name: keyof Parts) => new Set(pairs[name].same).size === 2;
  const parts = [
    ["train", pairs.train.same.length > 0, "a pair"],
    ["validation", pairs.validation.same.length === 0 || both("validation"), "alike and unlike pairs, or none"],
    ["test", both("test"), "alike and unlike pairs"],
  ] as const;
  for (const [name, enough, expected] of parts) {
    const { alike, unlike } = countPairs(pairs[name]);
    const remedy =
      "add pairs, or change split.test and split.validation; pairs that connect everything cannot be divided";
    if (!enough) throw invalidPairs(`${where}, ${name} part`, expected, `${alike} alike and ${unlike} unlike`, remedy);
  }
}

/** Distances of pairs of data set items, from the embeddings of a part. */
function distancesOf(embedded: Embedded, pairs: ItemPairs, distance: SearchDistance): Float64Array {
  const row = new Map(Array.from(embedded.indices, (item, at) => [item, at]));
  const rows = (items: Int32Array) => items.map((item) => row.get(item)!);
  return pairDistances(embedded, rows(pairs.first), rows(pairs.second), distance);
}

/**
 * Tells alike from unlike pairs: AUC, and the accuracy at the threshold that is best on `reference` (the validation part);
 * without it, on the pairs themselves.
 */
export function scorePairs(
  judged: { readonly embedded: Embedded; readonly pairs: ItemPairs },
  reference: typeof judged | undefined,
  distance: SearchDistance,
): { scores: Scores; threshold: number } {
  const { same } = judged.pairs;
  const distances = distancesOf(judged.embedded, judged.pairs, distance);
  const others = reference ?? judged;
  const threshold = bestThreshold(distancesOf(others.embedded, others.pairs, distance), others.pairs.same);
  const AUC = areaUnderRoc(rocCurve(distances, same));
  return { scores: { AUC, accuracy: acceptedRight(distances, same, threshold) }, threshold };
}
