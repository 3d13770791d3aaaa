import { classIndex, ImageStore, openDataset } from "../../data/index.js";
import {
  averagePrecision,
  evaluateRetrieval,
  nearestNeighbours,
  neighboursNeeded,
  reciprocalRank,
  retrievalMetrics,
} from "../../evaluate/index.js";
import { type Embedder, openModel, prepareData, readRunConfig } from "../../train/index.js";
import { embedDataset, type LabelledEmbeddings } from "../embedding.js";
import { createOutput, type Output, percent, table } from "../output.js";

/** Flags of `simile evaluate`. */
export interface EvaluateOptions {
  readonly part: "train" | "validation" | "test";
  readonly distance: "cosine" | "euclidean";
  readonly json?: boolean;
}

const DEPTHS = [1, 2, 4, 8];

/** The part of the run's own data that was kept aside, or all of another data set. */
async function embedded(
  embedder: Embedder,
  run: string,
  data: string | undefined,
  part: EvaluateOptions["part"],
  output: Output,
): Promise<LabelledEmbeddings> {
  if (data !== undefined) return embedDataset(embedder, await openDataset(data), output);
  const config = await readRunConfig(run);
  const preparing = prepareData(config, new ImageStore({ cacheBytes: 0, shorterSide: config.image.size }));
  for (;;) {
    const { done, value } = await preparing.next();
    if (done) return embedDataset(embedder, value.dataset, output, value.parts[part]);
    if (value.type === "prepare") output.status(`${value.what}: ${value.done} of ${value.total}`);
  }
}

/** Scores a model by retrieval among items: each searches all others. */
export async function evaluateCommand(
  run: string,
  data: string | undefined,
  options: EvaluateOptions,
): Promise<number> {
  const output = createOutput(options.json ?? false);
  const embedder = await openModel(run);
  try {
    const rows = await embedded(embedder, run, data, options.part, output);
    const { labels, classes } = classIndex(rows.labels.map((label, i) => ({ name: rows.names[i]!, label })));
    const relation = { queryLabels: labels, galleryLabels: labels, queriesInGallery: true };
    const k = neighboursNeeded(relation, Math.max(...DEPTHS));
    const neighbours = await nearestNeighbours(rows, rows, { k, distance: options.distance, queriesInGallery: true });
    const metrics = {
      ...retrievalMetrics(DEPTHS.filter((depth) => depth <= k)),
      MAP: averagePrecision(),
      MRR: reciprocalRank(),
    };
    const result = evaluateRetrieval({ ...relation, neighbours }, metrics);
    const scores = Object.entries(result.metrics).map(([name, { mean, classMean }]) => ({ name, mean, classMean }));
    const lone = result.lone > 0 ? `; ${result.lone} items are alone in their class and do not count` : "";
    const source = data ?? `${options.part} part of ${run}`;
    output.result(
      { source, items: labels.length, classes: classes.length, lone: result.lone, scores },
      `${source}: ${labels.length} items of ${classes.length} classes${lone}\n${table(
        ["", "mean over items", "mean over classes"],
        scores.map(({ name, mean, classMean }) => [name, percent(mean), percent(classMean)]),
      )}`,
    );
    return 0;
  } finally {
    await embedder.release();
  }
}
