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
  const { queryLabels, galleryLabels, queriesInGallery, gain } = relation;
  const gainOf = (query: number, item: number) =>
    gain ? gain(query, item) : Number(queryLabels[query] === galleryLabels[item]);
  const gains = new Float64Array(galleryPositions.length);
  const hits = new Uint8Array(gains.length);
  await scanDistances(queries, gallery, options, (row, distances) => {
    const query = queryPositions[row]!;
    if (relevant[query] === 0) return;
    const counts = (at: number) => {
      const item = galleryPositions[at]!;
      return !(queriesInGallery && item === query) && !excludes(relation, query, item);
    };
    const ranked = rankRelevant(distances, counts, (at) => gainOf(query, galleryPositions[at]!));
    gains.fill(0);
    hits.fill(0);
    for (const { rank, gain: value } of ranked) {
      gains[rank] = value;
      hits[rank] = 1;
    }
    const graded = gain && { gains, ideal: relevantGains(relation, query) };
    metrics.forEach((metric, at) => {
      values[at]![query] = metric.score({ hits, relevant: relevant[query]!, ...(graded && { graded }) });
    });
  });
  return values;
}

/** Ranks from 0 of all that has a gain, among all that counts. */
function rankRelevant(
  distances: Float32Array,
  counts: (at: number) => boolean,
  gainAt: (at: number) => number,
): { rank: number; gain: number }[] {
  const found: { at: number; distance: number; gain: number }[] = [];
  const others: number[] = [];
  for (let at = 0; at < distances.length; at++) {
    if (!counts(at)) continue;
    const gain = gainAt(at);
    if (gain > 0) found.push({ at, distance: distances[at]!, gain });
    else others.push(at);
  }
  found.sort((a, b) => a.distance - b.distance || a.at - b.at);
  // passed[i]: how many others come between relevant item i - 1 and relevant item i.
  const passed = new Int32Array(found.length + 1);
  for (const at of others) {
    const distance = distances[at]!;
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = found[middle]!;
      if (other.distance < distance || (other.distance === distance && other.at < at)) low = middle + 1;
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
