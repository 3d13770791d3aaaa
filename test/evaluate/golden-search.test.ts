import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  averagePrecisionAtR,
  evaluateEmbeddings,
  nearestNeighbours,
  precisionAt,
  rPrecision,
} from "../../src/evaluate/index.js";
import { asList, asNumber, asNumbers, asRecord, asTensor, type GoldenCase, readGolden } from "../golden/format.js";

const { cases } = readGolden(fileURLToPath(new URL("../golden/metrics/accuracy-calculator.json", import.meta.url)));

function rowsOf(value: GoldenCase["inputs"][string], where: string) {
  const { data, shape } = asTensor(value, where);
  return { data: Float32Array.from(data), dimension: shape[1]! };
}

test.each(
  cases.map((golden) => [golden.case, golden] as const),
)("%s: the blocked search finds the peer's neighbours", async (where, golden) => {
  const { inputs, config, expected } = golden;
  const queries = rowsOf(inputs.query!, where);
  const gallery = inputs.reference ? rowsOf(inputs.reference, where) : queries;
  const k = asNumber(expected.kUsed!, where);
  const queriesInGallery = config.ref_includes_query !== false;
  const found = await nearestNeighbours(queries, gallery, {
    k,
    distance: "euclidean",
    queriesInGallery,
    scoreBytes: 400,
  });
  expect([...found.indices]).toEqual(asList(inputs.knnIndices!, where).flatMap((row) => asNumbers(row, where)));
});

const exact = cases.filter(({ config }) => config.k === "max_bin_count");

test.each(
  exact.map((golden) => [golden.case, golden] as const),
)("%s: whole evaluations agree with the peer", async (where, golden) => {
  const { inputs, config, expected, tolerance } = golden;
  const labelled = (rows: ReturnType<typeof rowsOf>, labels: GoldenCase["inputs"][string]) => ({
    ...rows,
    labels: Int32Array.from(asNumbers(labels, where)),
  });
  const queries = labelled(rowsOf(inputs.query!, where), inputs.queryLabels!);
  const separate = config.ref_includes_query === false;
  if (!separate && inputs.reference) return;
  const gallery = separate ? { gallery: labelled(rowsOf(inputs.reference!, where), inputs.referenceLabels!) } : {};
  const metrics = {
    precision_at_1: precisionAt(1),
    r_precision: rPrecision(),
    mean_average_precision_at_r: averagePrecisionAtR(),
  };
  const { result } = await evaluateEmbeddings(queries, { metrics, distance: "euclidean", ...gallery });
  for (const [name, { mean }] of Object.entries(result.metrics)) {
    const peer = asNumber(asRecord(expected.mean!, where)[name]!, where);
    if (Number.isNaN(peer)) expect(mean).toBeNaN();
    else expect(Math.abs(mean - peer), name).toBeLessThanOrEqual(asNumber(tolerance.metrics!, where));
  }
});

test("the peer's cases are there", () => {
  expect(cases.length).toBeGreaterThan(3);
  expect(exact.length).toBeGreaterThan(0);
});
