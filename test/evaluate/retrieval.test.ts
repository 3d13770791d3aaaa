import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  evaluateRetrieval,
  neighboursNeeded,
  precisionAt,
  type Retrieval,
  type RetrievalResult,
  recallAt,
  relevantCounts,
  retrievalMetrics,
  worstMistakes,
} from "../../src/evaluate/index.js";
import type { Rows } from "../../src/linalg/rows.js";
import { Random } from "../../src/rng/index.js";
import { bruteForceNeighbours } from "../oracles/neighbours.js";

/** Everything retrieves everything else. */
function amongThemselves(rows: Rows, labels: readonly number[], k = Number.POSITIVE_INFINITY): Retrieval {
  const own = Int32Array.from(labels);
  return {
    neighbours: bruteForceNeighbours(rows, rows, { k, queriesInGallery: true }),
    queryLabels: own,
    galleryLabels: own,
    queriesInGallery: true,
  };
}

function line(...positions: number[]): Rows {
  return { data: Float64Array.from(positions), dimension: 1 };
}

function means(result: RetrievalResult): number[] {
  return Object.values(result.metrics).map((summary) => summary.mean);
}

describe("evaluateRetrieval", () => {
  it("gives 1 throughout to an embedding that puts classes in separate places", () => {
    const result = evaluateRetrieval(amongThemselves(line(0, 1, 100, 101, 102), [7, 7, 3, 3, 3]), retrievalMetrics());
    expect(means(result)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(result).toMatchObject({ scored: 5, lone: 0, truncated: 0, classes: Int32Array.of(3, 7) });
  });

  it("gives 0 to an embedding that always puts another class first", () => {
    const result = evaluateRetrieval(amongThemselves(line(0, 1, 10, 11), [0, 1, 0, 1]), retrievalMetrics([1]));
    expect(means(result)).toEqual([0, 0, 0, 0]);
  });

  it("averages over queries, and over classes", () => {
    // On the line: the two of class 1 find each other, of class 0 only the pair 0, 1 does.
    const retrieval = amongThemselves(line(0, 1, 19, 20, 21.5, 30, 31), [0, 0, 0, 1, 1, 2, 2]);
    const { metrics } = evaluateRetrieval(retrieval, { first: precisionAt(1) });
    expect([...metrics.first.perQuery]).toEqual([1, 1, 0, 0, 1, 1, 1]);
    expect(metrics.first.mean).toBeCloseTo(5 / 7, 12);
    expect([...metrics.first.perClass]).toEqual([2 / 3, 1 / 2, 1]);
    expect(metrics.first.classMean).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12);
  });

  it("leaves lone queries out of the averages and counts them", () => {
    const result = evaluateRetrieval(amongThemselves(line(0, 1, 50), [0, 0, 9]), { first: precisionAt(1) });
    expect(result).toMatchObject({ scored: 2, lone: 1, classes: Int32Array.of(0) });
    expect(result.metrics.first.mean).toBe(1);
    expect(result.metrics.first.perQuery).toEqual(Float64Array.of(1, 1, Number.NaN));
  });

  it("gives NaN, not 0, when every query is lone", () => {
    const result = evaluateRetrieval(amongThemselves(line(0, 1), [0, 1]), { first: precisionAt(1) });
    expect(result).toMatchObject({ scored: 0, lone: 2 });
    expect(result.metrics.first.mean).toBeNaN();
    expect(result.metrics.first.classMean).toBeNaN();
  });

  it("counts a separate gallery's items of the class in full", () => {
    const neighbours = bruteForceNeighbours(line(0), line(0, 1, 2), {});
    const labels = { queryLabels: Int32Array.of(4), galleryLabels: Int32Array.of(4, 4, 5), queriesInGallery: false };
    expect([...relevantCounts(labels)]).toEqual([2]);
    const { metrics } = evaluateRetrieval({ ...labels, neighbours }, retrievalMetrics([1]));
    expect(metrics["MAP@R"]?.mean).toBe(1);
  });

  it("counts queries whose R exceeds the neighbours given", () => {
    const result = evaluateRetrieval(
      amongThemselves(line(0, 1, 2, 3, 40), [0, 0, 0, 0, 1], 2),
      retrievalMetrics([1, 2]),
    );
    expect(result).toMatchObject({ scored: 4, lone: 1, truncated: 4 });
    expect(result.metrics["R-Precision"]?.mean).toBe(1);
    expect(result.metrics["MAP@R"]?.mean).toBeCloseTo(2 / 3, 12);
  });

  it("does not depend on the order of the samples or on the names of the classes", () => {
    // Seeded real positions: no two distances are equal, so that no order depends on indices.
    const labels = fc.array(fc.nat(3), { minLength: 4, maxLength: 14 });
    fc.assert(
      fc.property(labels, fc.nat(), (list, seed) => {
        const random = new Random(seed);
        const items = list.map((label) => ({ label, position: random.uniform(), key: random.uniform() }));
        const shuffled = [...items].sort((a, b) => a.key - b.key);
        const evaluate = (samples: typeof items, rename: (label: number) => number) =>
          evaluateRetrieval(
            amongThemselves(
              line(...samples.map((item) => item.position)),
              samples.map((item) => rename(item.label)),
            ),
            retrievalMetrics([1, 2]),
          );
        const before = evaluate(items, (label) => label);
        const after = evaluate(shuffled, (label) => 100 - 7 * label);
        expect(after.lone).toBe(before.lone);
        means(after).forEach((value, at) => {
          if (Number.isNaN(value)) expect(means(before)[at]).toBeNaN();
          else expect(value).toBeCloseTo(means(before)[at]!, 12);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("accepts K beyond the list only when the list holds every candidate", () => {
    const whole = amongThemselves(line(0, 1, 2), [0, 0, 1]);
    expect(evaluateRetrieval(whole, { recall: recallAt(8) }).metrics.recall.mean).toBe(1);
    const cut = amongThemselves(line(0, 1, 2), [0, 0, 1], 1);
    expect(() => evaluateRetrieval(cut, { recall: recallAt(8) })).toThrow(
      /recall: expected at least 8 neighbours a query/,
    );
  });
});

describe("checks of the input", () => {
  const good = amongThemselves(line(0, 1, 2), [0, 0, 1]);
  const withIndices = (...indices: number[]): Retrieval => ({
    ...good,
    neighbours: { indices: Int32Array.from(indices), distances: new Float32Array(indices.length), k: 1 },
  });

  it.each([
    ["a query among its own neighbours", withIndices(1, 1, 0), /query 1 among its own neighbours/],
    ["an index outside the gallery", withIndices(1, 0, 3), /indices from 0 to 2, received 3 for query 2/],
    ["missing rows", withIndices(1, 0), /2 indices and 2 distances/],
    [
      "a gallery that does not start with the queries",
      { ...good, galleryLabels: Int32Array.of(0, 1, 1) },
      /set queriesInGallery to false/,
    ],
  ])("refuses %s", (_, retrieval, message) => {
    expect(() => evaluateRetrieval(retrieval, { first: precisionAt(1) })).toThrow(message);
  });
});

describe("neighboursNeeded", () => {
  const labels = Int32Array.of(0, 0, 0, 1, 1);

  it("is the largest R, raised to `least` and bounded by the candidates", () => {
    const own = { queryLabels: labels, galleryLabels: labels, queriesInGallery: true };
    expect(neighboursNeeded(own)).toBe(2);
    expect(neighboursNeeded(own, 3)).toBe(3);
    expect(neighboursNeeded(own, 8)).toBe(4);
    expect(neighboursNeeded({ ...own, queriesInGallery: false })).toBe(3);
  });
});

describe("worstMistakes", () => {
  it("lists wrong nearest neighbours, the closest first, without lone queries", () => {
    const retrieval = amongThemselves(line(0, 1, 5, 5.5, 40, 40.1), [0, 1, 0, 1, 8, 0]);
    expect(worstMistakes(retrieval, 10)).toEqual([5, 2, 3, 0, 1]);
    expect(worstMistakes(retrieval, 2)).toEqual([5, 2]);
  });
});
