import { SimileError } from "../errors/index.js";

/** The nearest gallery items of each query, nearest first, the query itself left out. */
export interface Neighbours {
  /** [Q, k] row-major: positions in the gallery; -1, after all others, where a query has fewer than k candidates. */
  readonly indices: Int32Array;
  /** [Q, k] row-major: the distances, in whatever unit the search used; only their order matters here. */
  readonly distances: Float32Array;
  readonly k: number;
}

/** The class of what nobody is to find or to look for, such as bad detections: as a gallery item it is not searched. */
export const JUNK = -1;

/** Gallery items that do not count for a query: neither found nor to be found, as if they were not there. */
export interface Exclusion {
  /** [Q] camera, sequence or other group of each query. */
  readonly queryGroups: Int32Array;
  /** [G] the same of each gallery item. */
  readonly galleryGroups: Int32Array;
  /**
   * Whom of its group a query must not meet: `same-class` (default; Market-1501 and most re-identification: the same person by the
   * same camera), or `any-class` (everything of one sequence).
   */
  readonly within?: "same-class" | "any-class";
}

/** What a retrieval is judged on: who was found, and who should have been. */
export interface Retrieval {
  readonly neighbours: Neighbours;
  /** [Q] class of each query: what is relevant to it unless `gain` says so, and what averages over classes go by. */
  readonly queryLabels: Int32Array;
  /** [G] class of each gallery item. */
  readonly galleryLabels: Int32Array;
  /**
   * True when the gallery is the queries, or starts with them: gallery item i is then query i, must not be among the
   * neighbours of query i, and does not count among the items query i could find.
   */
  readonly queriesInGallery: boolean;
  readonly exclusion?: Exclusion;
  /**
   * How relevant a gallery item is to a query, 0 for not at all; replaces equality of classes, for several labels an item or
   * graded relevance. A hit is anything above 0; only NDCG looks at how much.
   */
  readonly gain?: (query: number, item: number) => number;
}

/** A retrieval before the search. */
export type Relation = Omit<Retrieval, "neighbours">;

/**
 * R of every query [Q]: how many relevant items the gallery has for it, itself and excluded ones left out.
 * A query with R = 0 is "lone": nothing it retrieves can be right.
 */
export function relevantCounts(relation: Relation): Int32Array {
  const { queryLabels, galleryLabels, queriesInGallery, exclusion, gain } = relation;
  if (gain) {
    return queryLabels.map((label, query) => (label === JUNK ? 0 : relevantGains(relation, query).length));
  }
  const sizes = tally(galleryLabels.length, (item) => `${galleryLabels[item]}`);
  // What is excluded together with the query's class holds the query itself as well, when it is in the gallery.
  const cells = tally(exclusion ? galleryLabels.length : 0, (item) => cell(relation, item));
  return queryLabels.map((label, query) => {
    if (label === JUNK) return 0;
    const left = exclusion ? (cells.get(`${label} ${exclusion.queryGroups[query]}`) ?? 0) : Number(queriesInGallery);
    return (sizes.get(`${label}`) ?? 0) - left;
  });
}

/** Gains of all that is relevant to a query, largest first. */
export function relevantGains(relation: Relation, query: number): Float64Array {
  const { galleryLabels, queriesInGallery, gain } = relation;
  const gains: number[] = [];
  for (let item = 0; item < galleryLabels.length; item++) {
    if ((queriesInGallery && item === query) || excludes(relation, query, item)) continue;
    const value = gain!(query, item);
    if (value > 0) gains.push(value);
  }
  return Float64Array.from(gains).sort().reverse();
}

/** Whether a gallery item is excluded for a query. */
export function excludes({ exclusion, queryLabels, galleryLabels }: Relation, query: number, item: number): boolean {
  if (exclusion === undefined || exclusion.queryGroups[query] !== exclusion.galleryGroups[item]) return false;
  return exclusion.within === "any-class" || queryLabels[query] === galleryLabels[item];
}

/** The most items that any query excludes, itself not counted. */
function largestExclusion(relation: Relation): number {
  const { exclusion, queryLabels, galleryLabels, queriesInGallery } = relation;
  if (exclusion === undefined) return 0;
  const whole = exclusion.within === "any-class";
  const sizes = tally(galleryLabels.length, (item) =>
    whole ? `${exclusion.galleryGroups[item]}` : cell(relation, item),
  );
  const counts = Array.from(queryLabels, (label, query) => {
    const group = exclusion.queryGroups[query];
    return sizes.get(whole ? `${group}` : `${label} ${group}`) ?? 0;
  });
  return Math.max(0, counts.reduce((a, b) => Math.max(a, b), 0) - Number(queriesInGallery));
}

function cell({ galleryLabels, exclusion }: Relation, item: number): string {
  return `${galleryLabels[item]} ${exclusion!.galleryGroups[item]}`;
}

function tally(items: number, keyOf: (item: number) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let item = 0; item < items; item++) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/**
 * How many neighbours a list must hold for R-Precision and MAP@R to be exact: the largest R of any query (without exclusions the size
 * of the largest class, less one when the queries are in the gallery), and at least `least` for the sake of Recall@K, but
 * never more than there are candidates.
 */
export function neighboursNeeded(relation: Relation, least = 1): number {
  const largest = relevantCounts(relation).reduce((a, b) => Math.max(a, b), 0);
  return Math.min(Math.max(largest, least), candidateCount(relation));
}

/** How many items each query chooses from, excluded ones among them. */
export function candidateCount({ galleryLabels, queriesInGallery }: Relation): number {
  return Math.max(galleryLabels.length - (queriesInGallery ? 1 : 0), 0);
}

/** How many neighbours to search for so that `k` are left when the excluded ones are taken out. */
export function searchDepth(relation: Relation, k: number): number {
  return Math.min(k + largestExclusion(relation), candidateCount(relation));
}

/** The first k neighbours of each query that are not excluded; lists that run short end in -1 at distance infinity. */
export function withoutExcluded(found: Neighbours, relation: Relation, k: number): Neighbours {
  if (relation.exclusion === undefined && found.k === k) return found;
  const queries = relation.queryLabels.length;
  const indices = new Int32Array(queries * k).fill(-1);
  const distances = new Float32Array(queries * k).fill(Number.POSITIVE_INFINITY);
  for (let query = 0; query < queries; query++) {
    let at = query * k;
    for (let rank = query * found.k; rank < (query + 1) * found.k && at < (query + 1) * k; rank++) {
      const item = found.indices[rank]!;
      if (item < 0 || excludes(relation, query, item)) continue;
      indices[at] = item;
      distances[at++] = found.distances[rank]!;
    }
  }
  return { indices, distances, k };
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
  const { exclusion } = retrieval;
  if (
    exclusion &&
    (exclusion.queryGroups.length !== queries || exclusion.galleryGroups.length !== galleryLabels.length)
  ) {
    throw invalid(
      `a group for each of ${queries} queries and ${galleryLabels.length} gallery items`,
      `${exclusion.queryGroups.length} and ${exclusion.galleryGroups.length}`,
      "give every item its camera or other group",
    );
  }
  if (queriesInGallery && queryLabels.some((label, query) => galleryLabels[query] !== label)) {
    throw invalid(
      `a gallery that starts with the ${queries} queries`,
      `${galleryLabels.length} gallery labels that do not`,
      "set queriesInGallery to false for a separate gallery",
    );
  }
  checkIndices(retrieval);
}

function checkIndices(retrieval: Retrieval): void {
  const { neighbours, galleryLabels, queriesInGallery } = retrieval;
  const { indices, k } = neighbours;
  const gallery = galleryLabels.length;
  for (let position = 0; position < indices.length; position++) {
    const query = Math.floor(position / k);
    const found = indices[position]!;
    if (found < -1 || found >= gallery) {
      throw invalid(`indices from 0 to ${gallery - 1}`, `${found} for query ${query}`, "check the search's output");
    }
    if (queriesInGallery && found === query) {
      throw invalid(
        "neighbours without the query itself",
        `query ${query} among its own neighbours`,
        "leave each query out of its own search, or every metric is flattered",
      );
    }
    if (found >= 0 && excludes(retrieval, query, found)) {
      throw invalid(
        "neighbours without what the query excludes",
        `${found} for query ${query}, of its own group`,
        "take them out with withoutExcluded, or they count as hits",
      );
    }
  }
}

function invalid(expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "neighbours", where: "neighbours", expected, received, remedy });
}
