import { stat } from "node:fs/promises";
import { classIndex, ImageStore, openDataset } from "../../data/index.js";
import { SimileError } from "../../errors/index.js";
import {
  averagePrecision,
  evaluateRetrieval,
  nearestNeighbours,
  neighboursNeeded,
  type RetrievalResult,
  reciprocalRank,
  retrievalMetrics,
} from "../../evaluate/index.js";
import { type Embedder, prepareData, readRunConfig } from "../../train/index.js";
import {
  type DistanceFlag,
  distanceOf,
  embedDataset,
  type LabelledEmbeddings,
  type ModelCommandOptions,
  withModel,
} from "../embedding.js";
import { createOutput, type Output, percent, table } from "../output.js";

/** Flags of `simile evaluate`. */
export interface EvaluateOptions extends ModelCommandOptions {
  readonly part: "train" | "validation" | "test";
  readonly distance?: DistanceFlag;
}

const DEPTHS = [1, 2, 4, 8];

/** A part of the run's own data, which its configuration brings back. */
async function ownPart(
  embedder: Embedder,
  run: string,
  part: EvaluateOptions["part"],
  output: Output,
): Promise<LabelledEmbeddings> {
  if (!(await stat(run)).isDirectory()) {
    throw new SimileError({
      code: "wrong-arguments",
      where: run,
      expected: "the folder of a run, or a model and a data set",
      received: "a model alone",
      remedy: "give a data set as well",
    });
  }
  const config = await readRunConfig(run);
  const preparing = prepareData(config, new ImageStore({ cacheBytes: 0, shorterSide: config.image.size }));
  for (;;) {
    const { done, value } = await preparing.next();
    if (done) return embedDataset(embedder, value.dataset, output, value.parts[part]);
    if (value.type === "prepare") output.status(`${value.what}: ${value.done} of ${value.total}`);
  }
}

async function scoreRows(
  rows: LabelledEmbeddings,
  distance: DistanceFlag,
  { device }: EvaluateOptions,
): Promise<{ result: RetrievalResult; classes: number }> {
  const { labels, classes } = classIndex(rows.labels.map((label, i) => ({ name: rows.names[i]!, label })));
  const relation = { queryLabels: labels, galleryLabels: labels, queriesInGallery: true };
  const k = neighboursNeeded(relation, Math.max(...DEPTHS));
  const neighbours = await nearestNeighbours(rows, rows, { k, distance, device, queriesInGallery: true });
  const metrics = {
    ...retrievalMetrics(DEPTHS.filter((depth) => depth <= k)),
    MAP: averagePrecision(),
    MRR: reciprocalRank(),
  };
  return { result: evaluateRetrieval({ ...relation, neighbours }, metrics), classes: classes.length };
}

/** Scores a model by retrieval among items: each searches all others. */
export async function evaluateCommand(
  run: string,
  data: string | undefined,
  options: EvaluateOptions,
): Promise<number> {
  const output = createOutput(options.json ?? false);
  return withModel(run, options, async (embedder) => {
    const distance = options.distance ?? (await distanceOf(run, embedder));
    const rows =
      data === undefined
        ? await ownPart(embedder, run, options.part, output)
        : await embedDataset(embedder, await openDataset(data), output);
    const { result, classes } = await scoreRows(rows, distance, options);
    const scores = Object.entries(result.metrics).map(([name, { mean, classMean }]) => ({ name, mean, classMean }));
    const { lone } = result;
    const items = rows.names.length;
    const source = data ?? `${options.part} part of ${run}`;
    const scored = scores.map(({ name, mean, classMean }) => [name, percent(mean), percent(classMean)]);
    const text = [
      `${source}: ${items} items of ${classes} classes, ${distance} distance`,
      ...(lone > 0 ? [`${lone} items are alone in their class and do not count`] : []),
      table(["", "mean over items", "mean over classes"], scored),
    ];
    output.result({ source, items, classes, lone, distance, scores, skipped: rows.skipped }, text.join("\n"));
    return 0;
  });
}
