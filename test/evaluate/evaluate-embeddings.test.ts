import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  averagePrecision,
  averagePrecisionAtR,
  classTripletAccuracy,
  cumulativeMatch,
  evaluateEmbeddings,
  evaluateRetrieval,
  JUNK,
  labelOverlap,
  ndcgAt,
  precisionAt,
  type QueryMetric,
  recallAt,
  reciprocalRank,
  tripletAccuracy,
} from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";

const metrics: Record<string, QueryMetric> = {
  "P@1": precisionAt(1),
  "R@2": recallAt(2),
  "MAP@R": averagePrecisionAtR(),
  MAP: averagePrecision(),
  MRR: reciprocalRank(),
  "NDCG@5": ndcgAt(5),
};

function line(positions: readonly number[], labels: readonly number[], groups?: readonly number[]) {
  return {
    data: Float32Array.from(positions),
    dimension: 1,
    labels: Int32Array.from(labels),
    ...(groups && { groups: Int32Array.from(groups) }),
  };
}

/** The metrics by their definitions, over the whole list sorted in plain loops. */
function plain(
  queries: ReturnType<typeof line>,
  gallery: ReturnType<typeof line>,
  { self, sameGroup }: { self: boolean; sameGroup: boolean },
) {
  const values: Record<string, number[]> = { "P@1": [], "R@2": [], "MAP@R": [], MAP: [], MRR: [], "NDCG@5": [] };
  queries.labels.forEach((label, q) => {
    const list = [...gallery.labels.keys()]
      .filter((g) => !(self && g === q) && gallery.labels[g] !== JUNK)
      .filter((g) => !(sameGroup && gallery.labels[g] === label && gallery.groups![g] === queries.groups![q]))
      .sort(
        (a, b) =>
          Math.abs(gallery.data[a]! - queries.data[q]!) - Math.abs(gallery.data[b]! - queries.data[q]!) || a - b,
      );
    const hits = list.map((g) => Number(gallery.labels[g] === label));
    const relevant = hits.reduce((a, b) => a + b, 0);
    if (relevant === 0 || label === JUNK) return;
    const precision = (n: number) => hits.slice(0, n).reduce((a, b) => a + b, 0) / n;
    const average = (depth: number) =>
      hits.slice(0, depth).reduce((total, hit, i) => total + hit * precision(i + 1), 0) / relevant;
    const gain = (list: number[]) => list.slice(0, 5).reduce((total, hit, i) => total + hit / Math.log2(i + 2), 0);
    values["P@1"]!.push(hits[0]!);
    values["R@2"]!.push(Math.max(hits[0]!, hits[1] ?? 0));
    values["MAP@R"]!.push(average(relevant));
    values.MAP!.push(average(hits.length));
    values.MRR!.push(1 / (hits.indexOf(1) + 1));
    values["NDCG@5"]!.push(gain(hits) / gain([...hits].sort((a, b) => b - a)));
  });
  return Object.fromEntries(
    Object.entries(values).map(([name, list]) => [name, list.reduce((a, b) => a + b, 0) / list.length]),
  );
}

/** Whole numbers, so that ties are frequent and exact. */
const items = fc.array(
  fc.record({
    position: fc.integer({ min: 0, max: 20 }),
    label: fc.integer({ min: -1, max: 3 }),
    group: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 3, maxLength: 25 },
);

const asLine = (list: readonly { position: number; label: number; group: number }[]) =>
  line(
    list.map(({ position }) => position),
    list.map(({ label }) => label),
    list.map(({ group }) => group),
  );

describe("evaluateEmbeddings", () => {
  test("equals plain loops, among themselves or in a gallery, with cameras excluded or not, junk ignored", async () => {
    await fc.assert(
      fc.asyncProperty(items, items, fc.boolean(), fc.boolean(), async (first, second, self, sameGroup) => {
        const queries = asLine(first);
        const gallery = self ? queries : asLine(second);
        if (gallery.labels.filter((label) => label !== JUNK).length < 2) return;
        const { result } = await evaluateEmbeddings(queries, {
          metrics,
          distance: "euclidean",
          ...(!self && { gallery }),
          ...(sameGroup && { excludeGroup: "same-class" as const }),
        });
        const expected = plain(queries, gallery, { self, sameGroup });
        for (const [name, { mean }] of Object.entries(result.metrics)) {
          if (Number.isNaN(expected[name]!)) expect(mean).toBeNaN();
          else expect(mean, name).toBeCloseTo(expected[name]!, 10);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("Market-1501's rule: the same person by the same camera is passed over, another camera's is the hit", async () => {
    const queries = line([0], [7], [1]);
    // Same person and camera, a junk detection, a stranger, then the person by another camera.
    const gallery = line([1, 2, 3, 4, 50], [7, JUNK, 9, 7, 7], [1, 2, 2, 2, 1]);
    const { result, retrieval, input } = await evaluateEmbeddings(queries, {
      gallery,
      distance: "euclidean",
      excludeGroup: "same-class",
      metrics,
    });
    expect([...retrieval.neighbours.indices.subarray(0, 2)]).toEqual([2, 3]);
    expect(result.metrics.MAP!.mean).toBe(0.5);
    expect(result.metrics["P@1"]!.mean).toBe(0);
    expect(input.junk).toBe(1);
    expect([...cumulativeMatch(retrieval)].slice(0, 2)).toEqual([0, 1]);
  });

  test("everything of a query's sequence can be excluded", async () => {
    const rows = line([0, 1, 2, 10], [1, 1, 2, 1], [0, 0, 0, 1]);
    const { retrieval } = await evaluateEmbeddings(rows, { distance: "euclidean", excludeGroup: "any-class", metrics });
    expect([...retrieval.neighbours.indices].filter((_, i) => i % retrieval.neighbours.k === 0)).toEqual([3, 3, 3, 2]);
  });

  test("rows that are not finite are misses, and everything odd is counted", async () => {
    const rows = {
      data: Float32Array.of(1, 0, 1, 0, Number.NaN, 1, 0, 1, 0, 0, 0, 1),
      dimension: 2,
      labels: Int32Array.of(0, 0, 0, 1, 1, 2),
    };
    const { result, input } = await evaluateEmbeddings(rows, { metrics });
    expect(input).toEqual({
      nonFinite: { queries: 1, gallery: 1 },
      zero: { queries: 1, gallery: 1 },
      duplicates: 4,
      conflicting: 2,
      junk: 0,
    });
    expect(result.lone).toBe(1);
    expect([...result.metrics["P@1"]!.perQuery]).toEqual([1, 1, 0, 0, 0, Number.NaN]);
    // Of the two others of its class, the broken one can never be found.
    expect(result.metrics.MAP!.perQuery[0]).toBe(0.5);
    expect(result.metrics.MRR!.perQuery[2]).toBe(0);
    // The zero vector is equally far from all, right or wrong.
    expect(result.tied).toBeGreaterThan(0);
  });

  test("items with several labels: a shared one makes a hit, more of them a better one", async () => {
    const sets = [new Set([1, 2, 3]), new Set([1, 9]), new Set([2, 3]), new Set([8])];
    const rows = line([0, 1, 2, 30], [0, 1, 2, 3]);
    const gain = labelOverlap(sets, sets, "count");
    const { result } = await evaluateEmbeddings(rows, { gain, distance: "euclidean", metrics });
    expect(result.lone).toBe(1);
    // Query 0 finds one label, then two: 1 + 2 / log2 3 over 2 + 1 / log2 3.
    expect(result.metrics["NDCG@5"]!.perQuery[0]).toBeCloseTo((1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)), 12);
    expect(result.metrics["P@1"]!.perQuery[0]).toBe(1);
    expect(labelOverlap(sets, sets, "jaccard")(0, 2)).toBeCloseTo(2 / 3, 12);
    expect(labelOverlap(sets, sets)(0, 3)).toBe(0);
  });

  test("several blocks give what one gives", async () => {
    const random = new Random(4);
    const rows = {
      data: Float32Array.from({ length: 300 * 4 }, () => random.normal()),
      dimension: 4,
      labels: Int32Array.from({ length: 300 }, (_, i) => i % 11),
    };
    const one = await evaluateEmbeddings(rows, { metrics });
    const many = await evaluateEmbeddings(rows, { metrics, scoreBytes: 10_000 });
    for (const name of Object.keys(metrics)) {
      expect(many.result.metrics[name]!.mean).toBeCloseTo(one.result.metrics[name]!.mean, 6);
    }
  });
});

test("a list with what a query excludes is refused", () => {
  const relation = {
    queryLabels: Int32Array.of(1),
    galleryLabels: Int32Array.of(1, 1),
    queriesInGallery: false,
    exclusion: { queryGroups: Int32Array.of(5), galleryGroups: Int32Array.of(5, 6) },
  };
  const neighbours = { indices: Int32Array.of(0), distances: Float32Array.of(0), k: 1 };
  expect(() => evaluateRetrieval({ ...relation, neighbours }, metrics)).toThrow("of its own group");
});

describe("triplet accuracy", () => {
  test("an equal distance is wrong, in the documented example", () => {
    const rows = { data: Float32Array.of(0, 1, 3, 1), dimension: 1 };
    expect(tripletAccuracy(rows, [0, 1, 2, 0, 2, 1, 0, 1, 3], "euclidean")).toBeCloseTo(1 / 3, 12);
  });

  test("over all triplets of classes equals listing them", async () => {
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const rows = asLine(list);
        const triplets: number[] = [];
        for (const a of rows.labels.keys())
          for (const p of rows.labels.keys())
            for (const n of rows.labels.keys())
              if (a !== p && rows.labels[a] === rows.labels[p] && rows.labels[a] !== rows.labels[n])
                triplets.push(a, p, n);
        const expected = tripletAccuracy(rows, triplets, "euclidean");
        const actual = await classTripletAccuracy(rows, rows.labels, { distance: "euclidean" });
        if (Number.isNaN(expected)) expect(actual).toBeNaN();
        else expect(actual).toBeCloseTo(expected, 10);
      }),
      { numRuns: 15 },
    );
  });
});
