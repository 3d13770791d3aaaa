import { describe, expect, test } from "vitest";
import { compareRetrieval, evaluateRetrieval, retrievalMetrics } from "../../src/evaluate/index.js";
import { comparedStandings, renderReport } from "../../src/report/index.js";
import { Random } from "../../src/rng/index.js";
import { bruteForceNeighbours } from "../oracles/neighbours.js";

const CLASSES = 12;
const labels = Int32Array.from({ length: 5 * CLASSES + 1 }, (_, at) => Math.min(at, 5 * CLASSES) % CLASSES);
labels[5 * CLASSES] = CLASSES;

/** Class centres under noise; the last item is alone in its class. */
function scored(noise: number, seed: number) {
  const random = new Random(seed);
  const centre = (label: number, d: number) => Math.sin(7 * label + 3 * d);
  const data = Float64Array.from(
    [...labels].flatMap((label) => [0, 1, 2].map((d) => centre(label, d) + noise * random.normal())),
  );
  const rows = { data, dimension: 3 };
  const relation = { queryLabels: labels, galleryLabels: labels, queriesInGallery: true };
  const neighbours = bruteForceNeighbours(rows, rows, { k: 8, queriesInGallery: true });
  return evaluateRetrieval({ ...relation, neighbours }, retrievalMetrics());
}

describe("compareRetrieval", () => {
  const systems = [
    { name: "noisy", result: scored(0.9, 1) },
    { name: "clear", result: scored(0.2, 2) },
    { name: "noisy again", result: scored(0.9, 3) },
  ];
  const compared = compareRetrieval(systems, labels, { random: new Random(0) });

  test("means are the evaluator's, over the queries that count", () => {
    expect(compared).toMatchObject({ queries: 5 * CLASSES, classes: CLASSES });
    for (const { name, systems: scores } of compared.metrics) {
      scores.forEach(({ mean }, at) => {
        expect(mean.value).toBeCloseTo(systems[at]!.result.metrics[name]!.mean, 12);
      });
    }
  });

  test("tells a real difference from none", () => {
    const map = compared.metrics.find(({ name }) => name === "MAP@R")!;
    expect(map.systems[1]!.difference!.low).toBeGreaterThan(0.1);
    expect(map.systems[1]!.difference!.adjustedPValue).toBeLessThan(0.05);
    expect(map.systems[2]!.difference!.adjustedPValue).toBeGreaterThan(0.05);
  });

  test("as standings: the best first, the asked metric leading, the first system as the baseline", async () => {
    const standings = comparedStandings(compared, "MAP@R");
    expect(standings).toMatchObject({
      baseline: "noisy",
      metrics: ["MAP@R", "P@1", "R@1", "R@2", "R@4", "R@8", "R-Precision"],
    });
    const [best] = standings.methods;
    const { mean, difference } = compared.metrics.find(({ name }) => name === "MAP@R")!.systems[1]!;
    expect(best).toMatchObject({ name: "clear", scores: [mean, {}, {}, {}, {}, {}, {}] });
    expect(best!.differences![0]!.adjustedPValue).toBe(difference!.adjustedPValue);
    expect(standings.methods.find(({ name }) => name === "noisy")!.differences).toBeUndefined();
    expect(await renderReport({ title: "t", standings })).toContain("Differences to noisy");
  });

  test("refuses systems that were asked other queries", () => {
    const other = scored(0.2, 2);
    other.metrics["P@1"]!.perQuery[3] = Number.NaN;
    const asked = () =>
      compareRetrieval([systems[0]!, { name: "other", result: other }], labels, { random: new Random(0) });
    expect(asked).toThrow(
      /other: expected scores of the same queries as noisy, received 61 queries, 59 of them scored/,
    );
  });
});
