import { SimileError } from "../errors/index.js";

/** The nearest gallery items of each query, nearest first, the query itself left out. */
export interface Neighbours {
  /** [Q, k] row-major: positions in the gallery. */
  readonly indices: Int32Array;
  /** [Q, k] row-major: the distances, in whatever unit the search used; only their order matters here. */
  readonly distances: Float32Array;
  readonly k: number;
}

/** What a retrieval is judged on: who was found, and of which class everybody is. */
export interface Retrieval {
  readonly neighbours: Neighbours;
  /** [Q] class of each query. */
  readonly queryLabels: Int32Array;
  /** [G] class of each gallery item. */
  readonly galleryLabels: Int32Array;
  /**
   * True when the gallery is the queries, or starts with them: gallery item i is then query i, must not be among the
   * neighbours of query i, and does not count among the items query i could find.
   */
  readonly queriesInGallery: boolean;
}

/**
 * R of every query [Q]: how many gallery items of its class there are to find, itself left out.
 * A query with R = 0 is "lone": nothing it retrieves can be right.
 */
export function relevantCounts({
  queryLabels,
  galleryLabels,
  queriesInGallery,
}: Omit<Retrieval, "neighbours">): Int32Array {
  const sizes = new Map<number, number>();
  for (const label of galleryLabels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const self = queriesInGallery ? 1 : 0;
  return queryLabels.map((label) => (sizes.get(label) ?? 0) - self);
}

/**
 * How many neighbours a search must return for R-Precision and MAP@R to be exact: the largest R of any query (the size of the
 * largest class, less one when the queries are in the gallery), and at least `least` for the sake of Recall@K, but never
 * more than there are candidates.
 */
export function neighboursNeeded(labels: Omit<Retrieval, "neighbours">, least = 1): number {
  const largest = relevantCounts(labels).reduce((a, b) => Math.max(a, b), 0);
  return Math.min(Math.max(largest, least), candidateCount(labels));
}

/** How many items each query chooses from. */
export function candidateCount({ galleryLabels, queriesInGallery }: Omit<Retrieval, "neighbours">): number {
  return Math.max(galleryLabels.length - (queriesInGallery ? 1 : 0), 0);
}

/** Throws `SimileError` (`neighbours`) unless shapes agree, indices lie in the gallery and no query found itself. */
export function checkRetrieval(retrieval: Retrieval): void {
  const { neighbours, queryLabels, galleryLabels, queriesInGallery } = retrieval;
  const { indices, distances, k } = neighbours;
  const queries = queryLabels.length;
  if (!Number.isInteger(k) || k < 0 || indices.length !== queries * k || distances.length !== queries * k) {
    throw invalid(
      `indices and distances of ${queries} queries x ${k} neighbours`,
      `${indices.length} indices and ${distances.length} distances`,
      "pass [Q, k] arrays with one row a query label",
    );
  }
  if (queriesInGallery && queryLabels.some((label, query) => galleryLabels[query] !== label)) {
    throw invalid(
      `a gallery that starts with the ${queries} queries`,
      `${galleryLabels.length} gallery labels that do not`,
      "set queriesInGallery to false for a separate gallery",
    );
  }
  checkIndices(indices, k, galleryLabels.length, queriesInGallery);
}

function checkIndices(indices: Int32Array, k: number, gallery: number, queriesInGallery: boolean): void {
  for (let position = 0; position < indices.length; position++) {
    const query = Math.floor(position / k);
    const found = indices[position]!;
    if (found < 0 || found >= gallery) {
      throw invalid(`indices from 0 to ${gallery - 1}`, `${found} for query ${query}`, "check the search's output");
    }
    if (queriesInGallery && found === query) {
      throw invalid(
        "neighbours without the query itself",
        `query ${query} among its own neighbours`,
        "leave each query out of its own search, or every metric is flattered",
      );
    }
  }
}

function invalid(expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "neighbours", where: "neighbours", expected, received, remedy });
}
