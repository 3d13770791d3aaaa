import { join } from "node:path";
import { UMAP } from "umap-js";
import { stringify } from "yaml";
import { writeFileAtomic } from "../data/atomic.js";
import { type Dataset, decodeImage, thumbnailUri } from "../data/index.js";
import { relevantCounts, worstMistakes } from "../evaluate/index.js";
import { rowAt } from "../linalg/rows.js";
import {
  type ComparedSystem,
  type Diagnosis,
  type EmbeddingMap,
  type NeighbourRow,
  type NeighbourSheet,
  type ReportData,
  renderReport,
  type SheetItem,
} from "../report/index.js";
import { Random } from "../rng/index.js";
import { runtimeInfo } from "../run/index.js";
import type { TrainConfig } from "./config.js";
import type { Embedded, ScoredRetrieval } from "./evaluation.js";
import { type LoggedEvent, measuredMetrics, type Scores } from "./events.js";
import { runFiles } from "./folder.js";
import type { EmbeddingModel } from "./model.js";
import type { PreparedData } from "./parts.js";
import type { Trainer } from "./trainer.js";

/** What a finished run knows. */
export interface FinishedRun {
  readonly config: TrainConfig;
  readonly folder: string;
  readonly data: PreparedData;
  readonly model: EmbeddingModel;
  readonly trainer: Trainer;
  readonly events: readonly LoggedEvent[];
  readonly embedded: Embedded;
  readonly scored: ScoredRetrieval;
  /** Of runs with pairs. */
  readonly threshold?: number | undefined;
  readonly step: number;
  readonly seconds: number;
}

const ROWS = 10;
const NEIGHBOURS = 8;
const MAP_POINTS = 400;

function ofType<T extends LoggedEvent["type"]>(
  events: readonly LoggedEvent[],
  type: T,
): Extract<LoggedEvent, { type: T }>[] {
  return events.filter((event): event is Extract<LoggedEvent, { type: T }> => event.type === type);
}

function system(
  name: string,
  role: ComparedSystem["role"],
  scores: Scores,
  metrics: readonly string[],
): ComparedSystem {
  return {
    name,
    role,
    measurements: metrics.map((metric) => (scores[metric] === undefined ? null : { value: scores[metric] })),
  };
}

/** Pictures of items as data URIs, each made once. */
class Thumbnails {
  private readonly made = new Map<number, Promise<string | undefined>>();

  constructor(private readonly dataset: Dataset) {}

  of(item: number): Promise<string | undefined> {
    const known = this.made.get(item);
    if (known) return known;
    const made = this.make(item);
    this.made.set(item, made);
    return made;
  }

  private async make(item: number): Promise<string | undefined> {
    if (this.dataset.kind !== "image") return undefined;
    const picture = this.dataset.items[item]!;
    return thumbnailUri(await decodeImage(await picture.read(), picture.name, { shorterSide: 72 }));
  }
}

async function sheetItem({ dataset }: PreparedData, thumbnails: Thumbnails, item: number): Promise<SheetItem> {
  const { label, name } = dataset.items[item]!;
  const image = await thumbnails.of(item);
  return { label, name, ...(image !== undefined && { image }) };
}

async function neighbourRow(
  run: FinishedRun,
  { retrieval, queryRows, galleryRows }: ScoredRetrieval,
  thumbnails: Thumbnails,
  query: number,
): Promise<NeighbourRow> {
  const { indices, distances, k } = retrieval.neighbours;
  const items = run.embedded.indices;
  // A list may end early where most of the gallery is excluded for a query.
  const found = [...indices.subarray(query * k, query * k + Math.min(k, NEIGHBOURS))].filter((item) => item >= 0);
  const shown = found.map(async (item, rank) => {
    const right = retrieval.galleryLabels[item] === retrieval.queryLabels[query];
    const drawn = await sheetItem(run.data, thumbnails, items[galleryRows[item]!]!);
    return { ...drawn, distance: distances[query * k + rank]!, right };
  });
  return {
    query: await sheetItem(run.data, thumbnails, items[queryRows[query]!]!),
    neighbours: await Promise.all(shown),
    relevant: relevantCounts(retrieval)[query]!,
  };
}

async function neighbourSheets(run: FinishedRun, thumbnails: Thumbnails): Promise<NeighbourSheet[]> {
  const { retrieval } = run.scored;
  const random = new Random(run.config.seed).fork("report");
  const any = random.sample([...retrieval.queryLabels.keys()], Math.min(ROWS, retrieval.queryLabels.length));
  const sheet = async (title: string, description: string, queries: readonly number[]) => ({
    title,
    description,
    rows: await Promise.all(queries.map((query) => neighbourRow(run, run.scored, thumbnails, query))),
  });
  const sheets = [
    await sheet("Random queries", "Test items drawn by chance, and what the embedding finds nearest.", any),
  ];
  const wrong = worstMistakes(retrieval, ROWS);
  if (wrong.length > 0)
    sheets.push(
      await sheet("Most confident mistakes", "The nearest neighbour is of another class, and very near.", wrong),
    );
  return sheets;
}

/** Rows placed in the plane so that near ones stay near (McInnes et al., UMAP, 2018); [x, y] for each. */
function layOut(rows: readonly number[][], random: Random): number[][] {
  const nNeighbors = Math.min(10, rows.length - 1);
  // With so few rows there is no neighbourhood to keep: the first two numbers have to do.
  if (nNeighbors < 2) return rows.map(([x = 0, y = 0]) => [x, y]);
  return new UMAP({ nComponents: 2, nNeighbors, minDist: 0.2, random: () => random.uniform() }).fit([...rows]);
}

async function embeddingMap({ embedded, data, config }: FinishedRun, thumbnails: Thumbnails): Promise<EmbeddingMap> {
  const count = embedded.indices.length;
  const random = new Random(config.seed).fork("map");
  const shown = count <= MAP_POINTS ? [...Array(count).keys()] : random.sample([...Array(count).keys()], MAP_POINTS);
  const places = layOut(
    shown.map((row) => [...rowAt(embedded, row)]),
    random,
  );
  const points = shown.map(async (row, at) => {
    const item = embedded.indices[row]!;
    const image = await thumbnails.of(item);
    const [x = 0, y = 0] = places[at]!;
    return { x, y, label: data.dataset.items[item]!.label, ...(image !== undefined && { image }) };
  });
  return {
    points: await Promise.all(points),
    note: `${shown.length} of ${count} test items, laid out by UMAP: near in the embedding is near on the map; far distances mean little.`,
  };
}

function diagnoses(events: readonly LoggedEvent[], data: PreparedData): Diagnosis[] {
  const found: Diagnosis[] = ofType(events, "diagnosis").map(({ problem, remedy, step }) => ({
    severity: "warning",
    message: `Step ${step}: ${problem}.`,
    remedy,
  }));
  const { skipped } = data.summary;
  if (skipped.length > 0)
    found.push({ severity: "note", message: `${skipped.length} files were left out; they are listed under Data.` });
  for (const message of data.summary.notes ?? []) found.push({ severity: "note", message });
  const { loneClasses } = data.summary;
  if (loneClasses.length > 0) {
    const message = `${loneClasses.length} classes have a single item, which nothing can find: ${loneClasses.slice(0, 5).join(", ")}${loneClasses.length > 5 ? ", ..." : ""}.`;
    found.push({ severity: "note", message, remedy: "add a second item to each, or leave them out" });
  }
  return found;
}

/** Classes that no batch held, as the last diagnosis of that kind listed them. */
function unseenClasses(events: readonly LoggedEvent[]): readonly string[] {
  return ofType(events, "diagnosis").findLast(({ classes }) => classes !== undefined)?.classes ?? [];
}

function comparisonNote({ data, config, threshold, scored }: FinishedRun): string {
  const { queriesInGallery, exclusion } = scored.retrieval;
  const searched = queriesInGallery
    ? `Each of ${data.parts.test.length} test items searches all others.`
    : `Each of ${scored.queryRows.length} queries searches a gallery of ${scored.galleryRows.length} items.`;
  const retrieval = exclusion ? `${searched} What has both its class and its camera does not count.` : searched;
  const pairs = data.summary.pairs?.test;
  if (pairs === undefined || threshold === undefined) {
    return `${retrieval} ${config.split.by === "sample" ? "Test items" : "Test classes"} were never trained on.`;
  }
  const called = `called alike up to a distance of ${threshold.toPrecision(4)}, which is best on the validation pairs`;
  return `${pairs.alike} alike and ${pairs.unlike} unlike pairs of items that were never trained on, ${called}. ${retrieval}`;
}

/** All that the report of a run shows. */
async function reportData(run: FinishedRun): Promise<ReportData> {
  const { config, data, events, trainer, step, seconds } = run;
  const thumbnails = new Thumbnails(data.dataset);
  const tests = ofType(events, "test").at(-1);
  const baselines = Object.entries(tests?.baselines ?? {});
  const metrics = measuredMetrics(run.scored.scores);
  const parts = Object.entries(data.summary.parts).map(([name, { items, classes }]) => ({
    name,
    classes,
    samples: items,
  }));
  const groups = trainer.variables.entries().filter(([name]) => name.startsWith("model.") || name.startsWith("loss."));
  return {
    title: `Embedding of ${data.summary.name}`,
    description: `${config.loss.name} loss, ${run.model.backbone} backbone, ${step} of ${config.steps} steps kept, ${Math.round(seconds)} s.`,
    createdAt: new Date().toISOString(),
    diagnoses: diagnoses(events, data),
    comparison: {
      metrics,
      systems: [
        system("trained", "trained", run.scored.scores, metrics),
        ...baselines.map(([name, scores]) => system(name, "baseline", scores, metrics)),
      ],
      note: comparisonNote(run),
    },
    training: {
      loss: ofType(events, "step").map(({ step: at, loss }) => ({
        step: at,
        loss: Number.isFinite(loss) ? loss : null,
      })),
      validation: ofType(events, "validation").map(({ step: at, scores }) => ({
        step: at,
        metrics: Object.fromEntries(measuredMetrics(scores).map((metric) => [metric, scores[metric]!])),
      })),
      bestStep: step,
    },
    neighbourSheets: await neighbourSheets(run, thumbnails),
    map: await embeddingMap(run, thumbnails),
    data: {
      source: config.data,
      splits: parts,
      skipped: data.summary.skipped.map(({ name, reason }) => ({ file: name, reason })),
      classesNeverDrawn: unseenClasses(events),
    },
    parameters: {
      groups: groups.map(([name, parameter]) => ({
        name,
        count: parameter.shape.reduce((a, b) => a * b, 1),
        trained: parameter.trainable,
        learningRateMultiplier: parameter.learningRateMultiplier,
      })),
    },
    configuration: stringify(config),
    credits: data.summary.credits,
    versions: { "ONNX Runtime": runtimeInfo().version, Node: process.version },
  };
}

/** Writes `report.html` into the run's folder. */
export async function writeRunReport(run: FinishedRun): Promise<void> {
  await writeFileAtomic(join(run.folder, runFiles.report), await renderReport(await reportData(run)));
}
