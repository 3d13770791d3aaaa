import type { DeviceOptions } from "../run/index.js";
import { excludes, type Relation, relevantCounts, relevantGains } from "./neighbours.js";
import type { QueryMetric } from "./query-metric.js";
import type { Embeddings } from "./search/prepare.js";
import { type ScanOptions, scanDistances } from "./search/scan.js";

/** What {@link scoreFullLists} looks through: rows that can be searched, and whom of the relation each row is. */
export interface FullListInput {
  readonly relation: Relation;
  readonly queries: Embeddings;
  readonly queryPositions: ArrayLike<number>;
  readonly gallery: Embeddings;
  readonly galleryPositions: ArrayLike<number>;
}

/**
 * Values [metric][query] of metrics that look at the whole list, such as MAP, without sorting or keeping it: a list matters only
 * through the ranks of what is relevant, and these are counted in one pass over the distances. Equal distances go by index.
 * NaN for lone queries; a query that is not among the rows found nothing.
 */
export async function scoreFullLists(
  { relation, queries, queryPositions, gallery, galleryPositions }: FullListInput,
  metrics: readonly QueryMetric[],
  options: ScanOptions & DeviceOptions,
): Promise<Float64Array[]> {
  const relevant = relevantCounts(relation);
  const values = metrics.map((metric) => {
    const nothing = (count: number) =>
      metric.score({
        hits: new Uint8Array(1),
        relevant: count,
        graded: { gains: new Float64Array(1), ideal: new Float64Array(count).fill(1) },
      });
    return Float64Array.from(relevant, (count) => (count === 0 ? Number.NaN : nothing(count)));
  });
  const list = rankingOf(relation, galleryPositions);
  const gains = new Float64Array(galleryPositions.length);
  const hits = new Uint8Array(gains.length);
  await scanDistances(queries, gallery, options, (row, distances) => {
    const query = queryPositions[row]!;
    if (relevant[query] === 0) return;
    gains.fill(0);
    hits.fill(0);
    for (const { rank, gain } of list(query, distances)) {
      gains[rank] = gain;
      hits[rank] = 1;
    }
    const graded = relation.gain && { gains, ideal: relevantGains(relation, query) };
    metrics.forEach((metric, at) => {
      values[at]![query] = metric.score({ hits, relevant: relevant[query]!, ...(graded && { graded }) });
    });
  });
  return values;
}

interface Ranked {
  readonly rank: number;
  readonly gain: number;
}

/** The ranks from 0 of all that is relevant to a query, among all that counts for it. */
function rankingOf(
  relation: Relation,
  galleryPositions: ArrayLike<number>,
): (query: number, distances: Float32Array) => Ranked[] {
  const { queryLabels, galleryLabels, queriesInGallery, exclusion, gain } = relation;
  const everyone = Int32Array.from({ length: galleryPositions.length }, (_, at) => at);
  const item = (at: number) => galleryPositions[at]!;
  const byLabel = bucketsOf(everyone, (at) => galleryLabels[item(at)]!);
  const byGroup = bucketsOf(exclusion ? everyone : new Int32Array(0), (at) => exclusion!.galleryGroups[item(at)]!);
  const positionOf = new Map(Array.from(everyone, (at) => [item(at), at] as const));
  const leftOut = (query: number) => {
    const group = exclusion ? (byGroup.get(exclusion.queryGroups[query]!) ?? []) : [];
    const self = queriesInGallery ? positionOf.get(query) : undefined;
    const excluded = group.filter((at) => excludes(relation, query, item(at)));
    return self === undefined ? excluded : [...excluded, self];
  };
  // 1 for what is no rival: relevant, excluded, or the query itself.
  const apart = new Uint8Array(everyone.length);
  return (query, distances) => {
    const out = leftOut(query);
    for (const at of out) apart[at] = 1;
    const own = gain ? everyone : (byLabel.get(queryLabels[query]!) ?? []);
    const found = Array.from(own, (at) => ({ at, distance: distances[at]!, gain: gain ? gain(query, item(at)) : 1 }))
      .filter(({ at, gain: value }) => value > 0 && apart[at] === 0)
      .sort((a, b) => a.distance - b.distance || a.at - b.at);
    for (const { at } of found) apart[at] = 1;
    const ranked = countRivals(found, distances, apart);
    for (const at of out) apart[at] = 0;
    for (const { at } of found) apart[at] = 0;
    return ranked;
  };
}

/** Adds to the order of the relevant how many rivals come before each. */
function countRivals(
  found: readonly { at: number; distance: number; gain: number }[],
  distances: Float32Array,
  apart: Uint8Array,
): Ranked[] {
  const ends = Float64Array.from(found, ({ distance }) => distance);
  const last = ends.at(-1) ?? Number.NEGATIVE_INFINITY;
  // passed[i]: how many rivals come between relevant item i - 1 and relevant item i.
  const passed = new Int32Array(found.length + 1);
  for (let at = 0; at < distances.length; at++) {
    const distance = distances[at]!;
    if (distance > last || apart[at] === 1) continue;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const end = ends[middle]!;
      if (end < distance || (end === distance && found[middle]!.at < at)) low = middle + 1;
      else high = middle;
    }
    passed[low]!++;
  }
  let before = 0;
  return found.map(({ gain }, i) => {
    before += passed[i]!;
    return { rank: before + i, gain };
  });
}

function bucketsOf(positions: Int32Array, keyOf: (at: number) => number): Map<number, number[]> {
  const buckets = new Map<number, number[]>();
  for (const at of positions) {
    const bucket = buckets.get(keyOf(at));
    if (bucket) bucket.push(at);
    else buckets.set(keyOf(at), [at]);
  }
  return buckets;
}
