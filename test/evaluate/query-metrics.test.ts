import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, averagePrecisionAtR } from "../../src/evaluate/metrics/average-precision.js";
import { ndcgAt } from "../../src/evaluate/metrics/ndcg.js";
import { precisionAt, rPrecision } from "../../src/evaluate/metrics/precision.js";
import { recallAt, recallFractionAt } from "../../src/evaluate/metrics/recall.js";
import { reciprocalRank } from "../../src/evaluate/metrics/reciprocal-rank.js";
import type { QueryMetric, RankedQuery } from "../../src/evaluate/query-metric.js";

/** A list of `length` neighbours with hits at the given ranks, counted from 1. */
function ranked(relevant: number, length: number, ...ranks: number[]): RankedQuery {
  const hits = new Uint8Array(length);
  for (const rank of ranks) hits[rank - 1] = 1;
  return { hits, relevant };
}

const every: [name: string, metric: QueryMetric][] = [
  ["precisionAt(3)", precisionAt(3)],
  ["recallAt(3)", recallAt(3)],
  ["recallFractionAt(3)", recallFractionAt(3)],
  ["rPrecision", rPrecision()],
  ["averagePrecisionAtR", averagePrecisionAtR()],
  ["averagePrecision", averagePrecision()],
  ["reciprocalRank", reciprocalRank()],
  ["ndcgAt(3)", ndcgAt(3)],
];

describe("the worked numbers of the documentation", () => {
  it.each([
    ["precision at 4", precisionAt(4), ranked(2, 4, 1, 3), 0.5],
    ["P@1", precisionAt(1), ranked(10, 10, 1, 10), 1],
    ["R-Precision", rPrecision(), ranked(10, 10, 1, 10), 0.2],
    ["average precision at R", averagePrecisionAtR(), ranked(10, 10, 1, 10), 0.12],
    ["average precision at R ignores ranks beyond R", averagePrecisionAtR(), ranked(2, 10, 1, 10), 0.5],
    ["average precision", averagePrecision(), ranked(2, 10, 1, 10), 0.6],
    ["recall at 2", recallAt(2), ranked(1, 8, 3), 0],
    ["recall at 4", recallAt(4), ranked(1, 8, 3), 1],
    ["recalled share", recallFractionAt(4), ranked(10, 8, 1, 3), 0.2],
    ["reciprocal rank", reciprocalRank(), ranked(1, 8, 3), 1 / 3],
    ["normalised gain", ndcgAt(3), ranked(2, 8, 1, 3), 0.91972],
    ["R-Precision of a list shorter than R", rPrecision(), ranked(10, 4, 1, 2), 0.5],
    ["average precision at R of a list shorter than R", averagePrecisionAtR(), ranked(10, 4, 1, 2), 0.2],
  ])("%s", (_, metric, query, expected) => {
    expect(metric.score(query)).toBeCloseTo(expected, 5);
  });
});

/** Any list of neighbours together with an R it can have. */
const anyQuery = fc.array(fc.boolean(), { minLength: 3, maxLength: 12 }).chain((list) =>
  fc.integer({ min: Math.max(1, list.filter(Boolean).length), max: 14 }).map((relevant): RankedQuery => {
    return { hits: Uint8Array.from(list, Number), relevant };
  }),
);

describe.each(every)("%s", (_, metric) => {
  it("lies between 0, which no hit gives, and 1, which hits alone give", () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        const value = metric.score(query);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
    expect(metric.score(ranked(3, 6))).toBe(0);
    expect(metric.score(ranked(3, 6, 1, 2, 3))).toBe(1);
  });

  it("never falls when a hit moves one rank up", () => {
    fc.assert(
      fc.property(anyQuery, fc.nat(11), (query, at) => {
        const rank = at % (query.hits.length - 1);
        fc.pre(query.hits[rank] === 0 && query.hits[rank + 1] === 1);
        const better = Uint8Array.from(query.hits);
        better.set([1, 0], rank);
        expect(metric.score({ ...query, hits: better })).toBeGreaterThanOrEqual(metric.score(query));
      }),
    );
  });
});

it.each([0, -1, 1.5, Number.NaN])("refuses K = %d", (k) => {
  expect(() => recallAt(k)).toThrow(/recallAt: expected a whole number K from 1/);
});
