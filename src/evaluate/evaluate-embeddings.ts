import { rowAt } from "../linalg/rows.js";
import type { DeviceOptions } from "../run/index.js";
import { scoreFullLists } from "./full-list.js";
import { countDuplicates, countZeroRows, finiteRows, type InputReport } from "./input-report.js";
import {
  type Exclusion,
  JUNK,
  type Neighbours,
  neighboursNeeded,
  type Relation,
  type Retrieval,
  relevantCounts,
  searchDepth,
  withoutExcluded,
} from "./neighbours.js";
import type { QueryMetric } from "./query-metric.js";
import { evaluateRetrieval, type RetrievalResult, retrievalMetrics, summariseQueries } from "./retrieval.js";
import { nearestNeighbours } from "./search/nearest.js";
import type { Embeddings, SearchDistance } from "./search/prepare.js";

/** Embeddings with the class of each row, and its camera or other group where the protocol needs one. */
export interface LabelledRows extends Embeddings {
  /** [N]; {@link JUNK} for what is not to be searched. */
  readonly labels: Int32Array;
  readonly groups?: Int32Array;
}

/** Options of {@link evaluateEmbeddings}. */
export interface EvaluationOptions extends DeviceOptions {
  /** Default {@link retrievalMetrics}. */
  readonly metrics?: Readonly<Record<string, QueryMetric>>;
  /** Default cosine. */
  readonly distance?: SearchDistance;
  /** What the queries search; by default each other. */
  readonly gallery?: LabelledRows;
  /** Which gallery items of its own group a query must not meet; needs `groups`. By default none. */
  readonly excludeGroup?: Exclusion["within"];
  /** Relevance other than equal classes: see `Retrieval.gain`. */
  readonly gain?: Retrieval["gain"];
  /** Neighbours listed at least, for whoever shows them. Default 1. */
  readonly neighbours?: number;
  readonly scoreBytes?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Scores, the lists they came from, and what was odd about the input. */
export interface EmbeddingEvaluation {
  readonly result: RetrievalResult;
  readonly retrieval: Retrieval;
  readonly input: InputReport;
}

/**
 * Scores embeddings by retrieval: each query searches the gallery, or all others when there is none.
 *
 * Nothing odd is passed over in silence. A row with NaN or infinity finds nothing and is never found, which counts as a miss; a zero
 * vector is at cosine distance 1 from everything; exact copies and ties are counted, and order is then by index; junk is not searched.
 * Metrics over the whole list (MAP, MRR) see all of it. Throws `SimileError` (`neighbours`, `search`).
 */
export async function evaluateEmbeddings(
  queries: LabelledRows,
  options: EvaluationOptions = {},
): Promise<EmbeddingEvaluation> {
  const { metrics = retrievalMetrics(), distance = "cosine", neighbours: least = 1, onProgress } = options;
  const gallery = options.gallery ?? queries;
  const relation = relationOf(queries, gallery, options);
  const usable = usableRows(queries, gallery, relation.queriesInGallery);
  const { device, threads, scoreBytes } = options;
  const search = {
    distance,
    ...(device && { device }),
    ...(threads && { threads }),
    ...(scoreBytes && { scoreBytes }),
    ...(onProgress && { onProgress }),
  };
  const listed = Object.entries(metrics).filter(([, { depth }]) => depth !== "all");
  const whole = Object.entries(metrics).filter(([, { depth }]) => depth === "all");
  const depths = listed.map(([, { depth }]) => (typeof depth === "number" ? depth : 1));
  const k = neighboursNeeded(relation, Math.max(least, ...depths));
  const candidates = Math.max(0, usable.gallery.positions.length - Number(relation.queriesInGallery));
  const found = await nearestNeighbours(usable.queries.rows, usable.gallery.rows, {
    ...search,
    k: Math.min(searchDepth(relation, k), candidates),
    queriesInGallery: relation.queriesInGallery,
  });
  const retrieval = { ...relation, neighbours: withoutExcluded(expand(found, usable, relation), relation, k) };
  const result = evaluateRetrieval(retrieval, Object.fromEntries(listed));
  const values = await fullScores(relation, usable, whole, search);
  const rest = summariseQueries(relation.queryLabels, relevantCounts(relation), values).metrics;
  const scored = { ...result.metrics, ...rest };
  const inOrder = Object.fromEntries(Object.keys(metrics).map((name) => [name, scored[name]!]));
  return { result: { ...result, metrics: inOrder }, retrieval, input: reportOf(queries, gallery, relation) };
}

function relationOf(queries: LabelledRows, gallery: LabelledRows, options: EvaluationOptions): Relation {
  const { excludeGroup, gain } = options;
  const none = (rows: LabelledRows) => new Int32Array(excludeGroup ? 0 : rows.labels.length);
  const exclusion = excludeGroup && {
    queryGroups: queries.groups ?? none(queries),
    galleryGroups: gallery.groups ?? none(gallery),
    within: excludeGroup,
  };
  return {
    queryLabels: queries.labels,
    galleryLabels: gallery.labels,
    queriesInGallery: options.gallery === undefined,
    ...(exclusion && { exclusion }),
    ...(gain && { gain }),
  };
}

/** Rows that can be searched, with their positions among all. */
interface Usable {
  readonly rows: Embeddings;
  readonly positions: Int32Array;
}

interface UsableRows {
  readonly queries: Usable;
  readonly gallery: Usable;
}

function usableRows(queries: LabelledRows, gallery: LabelledRows, same: boolean): UsableRows {
  const held = choose(gallery, (row, finite) => finite && gallery.labels[row] !== JUNK);
  return { gallery: held, queries: same ? held : choose(queries, (_, finite) => finite) };
}

function choose(rows: LabelledRows, wanted: (row: number, finite: boolean) => boolean): Usable {
  const finite = finiteRows(rows);
  const positions = Int32Array.from(finite.keys()).filter((row) => wanted(row, finite[row] === 1));
  if (positions.length === finite.length) return { rows, positions };
  const { dimension } = rows;
  const data = new Float32Array(positions.length * dimension);
  positions.forEach((row, at) => data.set(rowAt(rows, row), at * dimension));
  return { rows: { data, dimension }, positions };
}

/** Lists in terms of all rows: queries that could not be searched for have empty ones. */
function expand({ indices, distances, k }: Neighbours, usable: UsableRows, { queryLabels }: Relation): Neighbours {
  const all = {
    indices: new Int32Array(queryLabels.length * k).fill(-1),
    distances: new Float32Array(queryLabels.length * k).fill(Number.POSITIVE_INFINITY),
    k,
  };
  usable.queries.positions.forEach((query, row) => {
    for (let rank = 0; rank < k; rank++) {
      all.indices[query * k + rank] = usable.gallery.positions[indices[row * k + rank]!]!;
      all.distances[query * k + rank] = distances[row * k + rank]!;
    }
  });
  return all;
}

async function fullScores(
  relation: Relation,
  { queries, gallery }: UsableRows,
  metrics: readonly (readonly [string, QueryMetric])[],
  options: Parameters<typeof scoreFullLists>[2],
): Promise<Record<string, Float64Array>> {
  if (metrics.length === 0) return {};
  const values = await scoreFullLists(
    {
      relation,
      queries: queries.rows,
      queryPositions: queries.positions,
      gallery: gallery.rows,
      galleryPositions: gallery.positions,
    },
    metrics.map(([, metric]) => metric),
    options,
  );
  return Object.fromEntries(metrics.map(([name], at) => [name, values[at]!]));
}

function reportOf(queries: LabelledRows, gallery: LabelledRows, relation: Relation): InputReport {
  const bad = (rows: LabelledRows) => finiteRows(rows).filter((finite) => finite === 0).length;
  return {
    nonFinite: { queries: bad(queries), gallery: bad(gallery) },
    zero: { queries: countZeroRows(queries), gallery: countZeroRows(gallery) },
    ...countDuplicates(queries, gallery, relation.queriesInGallery),
    junk: gallery.labels.filter((label) => label === JUNK).length,
  };
}
