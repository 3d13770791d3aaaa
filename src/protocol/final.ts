import {
  averagePrecisionAtR,
  type Embeddings,
  evaluateRetrieval,
  type Retrieval,
  recallAt,
  type SearchDistance,
} from "../evaluate/index.js";
import { principalComponents, project } from "../linalg/principal-components.js";
import { type Embedded, embedItems, type Run, rawItems, scoreRetrieval } from "../train/index.js";
import type { Division } from "./fold.js";

/** Scores by metric and test class. */
export interface ClassScores {
  /** Queries of each class. */
  readonly weights: readonly number[];
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

/** Names of the metrics of a benchmark, the most important first. */
export const METRICS = ["MAP@R", "R@1", "MAP@R, single models", "R@1, single models"] as const;

async function classScores(embedded: Embedded, { labels, dataset }: Division, distance: SearchDistance) {
  const { retrieval } = await scoreRetrieval(embedded, labels, distance, { threads: 1 }, dataset.items);
  const { metrics } = evaluateRetrieval(retrieval, { "MAP@R": averagePrecisionAtR(), "R@1": recallAt(1) });
  return {
    weights: queriesOf(retrieval, metrics["R@1"].perQuery),
    mapAtR: metrics["MAP@R"].perClass,
    recall: metrics["R@1"].perClass,
  };
}

/** How many queries of each class were scored, classes ascending. */
function queriesOf({ queryLabels }: Retrieval, perQuery: Float64Array): number[] {
  const counts = new Map<number, number>();
  queryLabels.forEach((label, query) => {
    if (!Number.isNaN(perQuery[query]!)) counts.set(label, (counts.get(label) ?? 0) + 1);
  });
  return [...counts].sort(([a], [b]) => a - b).map(([, count]) => count);
}

/** Rows of several embeddings side by side, each scaled to length 1 where they are compared by angle. */
function concatenated(all: readonly Embedded[], distance: SearchDistance): Embedded {
  const [first] = all as [Embedded];
  const dimension = all.reduce((sum, embedded) => sum + embedded.dimension, 0);
  const data = new Float32Array(first.indices.length * dimension);
  let at = 0;
  for (const embedded of all) {
    for (let row = 0; row < first.indices.length; row++) {
      const values = rowOf(embedded, row);
      const length = distance === "cosine" ? Math.hypot(...values) || 1 : 1;
      values.forEach((value, i) => {
        data[row * dimension + at + i] = value / length;
      });
    }
    at += embedded.dimension;
  }
  return { indices: first.indices, data, dimension };
}

function rowOf({ data, dimension }: Embeddings, row: number): Float32Array {
  return data.subarray(row * dimension, (row + 1) * dimension);
}

/** Scores the models of all folds on the test classes: one by one, averaged, and with their embeddings joined. */
export async function testModels(runs: readonly Run[], division: Division): Promise<ClassScores> {
  const embedded: Embedded[] = [];
  for (const { embedding, model, source } of runs)
    embedded.push(await embedItems(embedding, model, source, division.test));
  return scoreEmbedded(embedded, division, runs[0]!.model.distance);
}

/** Scores what the input vectors are along the directions in which each fold's training items vary most. */
export async function testComponents(runs: readonly Run[], division: Division): Promise<ClassScores> {
  const embedded: Embedded[] = [];
  for (const [fold, { source, model }] of runs.entries()) {
    const found = principalComponents(await rawItems(source, division.folds[fold]!.train), model.dimension);
    const { data, dimension } = project(await rawItems(source, division.test), found);
    embedded.push({ indices: division.test, data: Float32Array.from(data), dimension });
  }
  return scoreEmbedded(embedded, division, "cosine");
}

async function scoreEmbedded(
  embedded: readonly Embedded[],
  division: Division,
  distance: SearchDistance,
): Promise<ClassScores> {
  const single = [];
  for (const each of embedded) single.push(await classScores(each, division, distance));
  const joined = await classScores(concatenated(embedded, distance), division, distance);
  return named(joined, {
    mapAtR: meanOf(single.map(({ mapAtR: values }) => values)),
    recall: meanOf(single.map(({ recall }) => recall)),
  });
}

/** Scores what the network is given: vectors by angle, pixels by Euclidean distance. */
export async function testInputs({ source }: Run, division: Division): Promise<ClassScores> {
  const distance = source.input.kind === "vector" ? "cosine" : "euclidean";
  const scores = await classScores(await rawItems(source, division.test), division, distance);
  return named(scores, scores);
}

type TwoScores = { readonly mapAtR: ArrayLike<number>; readonly recall: ArrayLike<number> };

function named(joined: TwoScores & { readonly weights: readonly number[] }, single: TwoScores): ClassScores {
  const values = [joined.mapAtR, joined.recall, single.mapAtR, single.recall];
  return {
    weights: joined.weights,
    scores: Object.fromEntries(METRICS.map((metric, i) => [metric, Array.from(values[i]!)])),
  };
}

function meanOf(rows: readonly Float64Array[]): number[] {
  return Array.from(rows[0]!, (_, unit) => rows.reduce((sum, row) => sum + row[unit]!, 0) / rows.length);
}
