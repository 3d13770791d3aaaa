import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  alignment,
  areaUnderRoc,
  chooseMetrics,
  clusteringScores,
  confusedClasses,
  density,
  equalErrorRate,
  foldAccuracy,
  hubness,
  metricNames,
  operatingPoint,
  planSearch,
  rocCurve,
  silhouettes,
  spectralComplexity,
  spectralDecay,
  tripletAccuracy,
  uniformity,
} from "../../src/evaluate/index.js";

const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");

/** Rows of the tables that stand under one heading, cell by cell, without their headers. */
function rows(heading: string): string[][] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`))!;
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** As precise as it is printed. */
function expectPrinted(actual: number, printed: string, what: string): void {
  const digits = /\.(\d+)$/.exec(printed)?.[1]?.length ?? 0;
  expect(actual, what).toBeCloseTo(Number(printed), Math.max(digits, 5));
}

const numbers = (text: string) => text.trim().split(/\s+/).map(Number);

test.each(rows("Retrieval"))("%s of %s, R = %s: %s", (name, list, relevant, printed) => {
  const [found, ideal] = [...list!.matchAll(/`([^`]+)`/g)].map(([, text]) => numbers(text!));
  const hits = Uint8Array.from(found!, (gain) => Number(gain > 0));
  const graded = ideal && { gains: Float64Array.from(found!), ideal: Float64Array.from(ideal) };
  const metric = chooseMetrics([name!]).retrieval[name!]!;
  expectPrinted(metric.score({ hits, relevant: Number(relevant), ...(graded && { graded }) }), printed!, name!);
});

test("every metric that can be asked for is on the page", () => {
  for (const name of metricNames)
    expect(page.toLowerCase()).toContain(name.toLowerCase().replace("-accuracy", " accuracy"));
});

test("pairs", () => {
  const curve = rocCurve([0.1, 0.3, 0.5, 0.4, 0.6], [1, 1, 1, 0, 0]);
  const values: Record<string, number> = {
    "area under ROC": areaUnderRoc(curve),
    "equal error rate": equalErrorRate(curve),
    "TAR at FAR 0.4": operatingPoint(curve, 0.4).trueMatch,
    "TAR at FAR 0.5": operatingPoint(curve, 0.5).trueMatch,
  };
  const table = rows("Pairs");
  expect(table.map(([name]) => name)).toEqual(Object.keys(values));
  for (const [name, printed] of table) expectPrinted(values[name!]!, printed!, name!);
  const { mean, folds } = foldAccuracy([0.1, 0.9, 0.2, 0.3], [1, 0, 1, 0], [0, 0, 1, 1]);
  const [, first, second, accuracy] = /judged at (\S+) and (\S+), and the accuracy is\s+(\d\.\d+)/.exec(page)!;
  expect([...folds.map(({ threshold }) => threshold), mean]).toEqual(
    [first, second, accuracy].map((text) => Number.parseFloat(text!)),
  );
});

test("clusters", () => {
  const [, classes, clusters] = /Classes ([\d ]+), clusters ([\d ]+):/.exec(page)!;
  const scores = clusteringScores(Int32Array.from(numbers(classes!)), Int32Array.from(numbers(clusters!)));
  const table = rows("Clusters");
  expect(table).toHaveLength(5);
  for (const [name, printed] of table) expectPrinted(scores[name as keyof typeof scores], printed!, name!);
});

function circle(...degrees: number[]) {
  const angles = degrees.map((degree) => (degree * Math.PI) / 180);
  return { data: Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])), dimension: 2 };
}

const line = (...positions: number[]) => ({ data: Float32Array.from(positions), dimension: 1 });
const facing = () => density(circle(30, -30, 150, 210), Int32Array.of(0, 0, 1, 1));
const hub = () => hubness({ indices: Int32Array.of(3, 3, 3, 3), distances: new Float32Array(4), k: 1 }, 4, 1);

/** Points on a grid, so that copies have the same neighbours at the same distances. */
const square = [0, 0, 0, 1, 1, 0, 1, 1];

/** What is computed for each example of the page; the text of the example is its name here. */
const geometry: Record<string, () => number | Promise<number>> = {
  "silhouette: on a line, {0, 1} and {10, 12}: the item at 0": () =>
    silhouettes(line(0, 1, 10, 12), Int32Array.of(0, 0, 1, 1))[0]!,
  "density inside: unit vectors at 30, -30 and 150, 210 degrees, two classes": () => facing().intra,
  "density between: unit vectors at 30, -30 and 150, 210 degrees, two classes": () => facing().inter,
  "density ratio: unit vectors at 30, -30 and 150, 210 degrees, two classes": () => facing().ratio,
  "rho: singular values .8 and .2": () => spectralDecay({ data: Float64Array.of(0.8, 0, 0, 0.2), dimension: 2 }),
  "alignment: unit vectors at 0 and 60 degrees, one class": () => alignment(circle(0, 60), Int32Array.of(0, 0)),
  "uniformity: unit vectors at 0 and 60 degrees": () => uniformity(circle(0, 60)),
  "skewness of occurrences: four items, one in all four lists": () => hub().skewness,
  "anti-hubs: four items, one in all four lists": () => hub().antiHubs,
  "triplet accuracy: on a line, 0 with 1 and 3; 0 with 3 and 1; 0 with 1 and 1": () =>
    tripletAccuracy(line(0, 1, 3, 1), [0, 1, 2, 0, 2, 1, 0, 1, 3], "euclidean"),
  "confused share: two queries of class 0, R 2, lists of classes 0 1 and 1 1": () =>
    confusedClasses({
      queryLabels: Int32Array.of(0, 0),
      galleryLabels: Int32Array.of(0, 0, 1, 1),
      queriesInGallery: false,
      neighbours: { indices: Int32Array.of(0, 2, 2, 3), distances: new Float32Array(4), k: 2 },
    })[0]!.share,
  "CSG: three classes of the same points": () =>
    spectralComplexity(
      { data: Float64Array.from([0, 1, 2].flatMap(() => [...square, ...square])), dimension: 2 },
      Int32Array.from({ length: 24 }, (_, i) => Math.floor(i / 8)),
      { k: 1 },
    ).value,
  "CSG: two classes far apart": () =>
    spectralComplexity(
      { data: Float64Array.from([...square, ...square.map((x) => x + 1e7)]), dimension: 2 },
      Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    ).value,
};

test.each(rows("Geometry"))("%s, %s: %s", async (name, example, printed) => {
  const compute = geometry[`${name}: ${example}`];
  expect(compute, "a computation for this example").toBeDefined();
  const value = await compute!();
  if (name === "uniformity" || name === "alignment" || name!.startsWith("density"))
    expect(value).toBeCloseTo(Number(printed), 5);
  else expectPrinted(value, printed!, name!);
});

test("the memory of a large search is as the page says", () => {
  const rows = { data: { length: 60_502 * 512 } as Float32Array, dimension: 512 };
  const { bytes } = planSearch(rows, rows, { k: 11, queriesInGallery: true });
  const [, printed] = /that is (\d\.\d) GB besides the embeddings/.exec(page)!;
  expect(bytes / 1e9).toBeCloseTo(Number(printed), 1);
});
