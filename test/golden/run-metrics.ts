import { contingency } from "../../src/evaluate/clustering/contingency.js";
import {
  adjustedMutualInformation,
  completeness,
  type EntropyAverage,
  homogeneity,
  mutualInformation,
  normalizedMutualInformation,
} from "../../src/evaluate/clustering/mutual-information.js";
import {
  adjustedRandIndex,
  fowlkesMallows,
  pairCounts,
  pairF1,
  randIndex,
} from "../../src/evaluate/clustering/pair-counts.js";
import { purity } from "../../src/evaluate/clustering/purity.js";
import { density } from "../../src/evaluate/geometry/density.js";
import { calinskiHarabasz, daviesBouldin } from "../../src/evaluate/geometry/dispersion.js";
import type { RowDistanceName } from "../../src/evaluate/geometry/row-distance.js";
import { silhouettes } from "../../src/evaluate/geometry/silhouette.js";
import { singularSpectrum, spectralDecay } from "../../src/evaluate/geometry/spectrum.js";
import type { Rows } from "../../src/linalg/rows.js";
import { type Comparison, compareLists, verdict } from "./compare.js";
import {
  asNumber,
  asNumbers,
  asRecord,
  asTensor,
  type GoldenCase,
  type GoldenFile,
  type GoldenRecord,
  type GoldenResult,
} from "./format.js";
import { compareAccuracy, compareClassAveragePrecision, compareRecall } from "./run-retrieval.js";

type Check = (golden: GoldenCase) => Comparison[];

const CHECKS: Readonly<Record<string, Check>> = {
  "accuracy-calculator": (golden) => [...compareAccuracy(golden), ...compareClusterLabels(golden)],
  "recall-at-k": compareRecall,
  "roth-recall": compareRecall,
  "roth-map": compareClassAveragePrecision,
  clustering: compareClustering,
  "clustering-f1": compareClusteringF1,
  silhouette: compareSilhouette,
  "rho-spectrum": compareSpectrum,
  density: compareDensity,
};

/** Compare the metrics with one file of the `metrics` area, one result a case. */
export function* checkMetrics(file: GoldenFile): Iterable<GoldenResult> {
  for (const golden of file.cases) {
    const check = CHECKS[file.name];
    if (!check) {
      yield { case: golden.case, passed: false, error: Number.NaN, message: `no check knows the file ${file.name}` };
    } else if (golden.case === "density/intra-singleton") {
      yield singletonDeviation(golden);
    } else {
      yield verdict(golden.case, check(golden), asNumber(golden.tolerance.metrics, golden.case));
    }
  }
}

function compareClusterLabels({ inputs, expected, case: where }: GoldenCase): Comparison[] {
  const table = contingency(labelsOf(inputs.queryLabels, where), labelsOf(inputs.clusterLabels, where));
  const mean = asRecord(expected.mean, where);
  return [
    { name: "NMI", actual: normalizedMutualInformation(table), expected: asNumber(mean.NMI, where) },
    { name: "AMI", actual: adjustedMutualInformation(table), expected: asNumber(mean.AMI, where) },
  ];
}

function compareClustering({ inputs, expected, case: where }: GoldenCase): Comparison[] {
  const table = contingency(labelsOf(inputs.labels, where), labelsOf(inputs.clusters, where));
  const pairs = pairCounts(table);
  const single: Record<string, number> = {
    ari: adjustedRandIndex(pairs),
    rand: randIndex(pairs),
    pairF1: pairF1(pairs),
    fowlkesMallows: fowlkesMallows(pairs),
    mutualInformation: mutualInformation(table),
    homogeneity: homogeneity(table),
    completeness: completeness(table),
    vMeasure: normalizedMutualInformation(table),
    purity: purity(table),
  };
  const counts = { tp: pairs.truePositive, fp: pairs.falsePositive, fn: pairs.falseNegative, tn: pairs.trueNegative };
  return [
    ...named(single, expected, where),
    ...named(counts, asRecord(expected.pairCounts, where), where),
    ...named(byAverage(normalizedMutualInformation, table), asRecord(expected.nmi, where), `${where} nmi`),
    ...named(byAverage(adjustedMutualInformation, table), asRecord(expected.ami, where), `${where} ami`),
  ];
}

function byAverage(
  index: typeof normalizedMutualInformation,
  table: Parameters<typeof normalizedMutualInformation>[0],
): Record<EntropyAverage, number> {
  return {
    arithmetic: index(table, "arithmetic"),
    geometric: index(table, "geometric"),
    min: index(table, "min"),
    max: index(table, "max"),
  };
}

function compareClusteringF1({ inputs, expected, case: where }: GoldenCase): Comparison[] {
  const table = contingency(labelsOf(inputs.labels, where), labelsOf(inputs.clusters, where));
  return named({ f1: pairF1(pairCounts(table)) }, expected, where);
}

function compareSilhouette({ inputs, config, expected, case: where }: GoldenCase): Comparison[] {
  const embeddings = rowsOf(inputs.embeddings, where);
  const clusters = labelsOf(inputs.clusters, where);
  const values = silhouettes(embeddings, clusters, config.metric as RowDistanceName);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const dispersion = {
    daviesBouldin: daviesBouldin(embeddings, clusters),
    calinskiHarabasz: calinskiHarabasz(embeddings, clusters),
  };
  return [
    ...named({ silhouette: mean }, expected, where),
    ...compareLists("samples", values, asNumbers(expected.samples, where)),
    ...("daviesBouldin" in expected ? named(dispersion, expected, where) : []),
  ];
}

function compareSpectrum({ inputs, config, expected, case: where }: GoldenCase): Comparison[] {
  const embeddings = rowsOf(inputs.embeddings, where);
  const mode = asNumber(config.mode, where);
  if (mode === 0) return compareLists("spectrum", singularSpectrum(embeddings), asNumbers(expected.value, where));
  const direction = mode > 0 ? "from-uniform" : "to-uniform";
  return named({ value: spectralDecay(embeddings, { dropLeading: Math.abs(mode) - 1, direction }) }, expected, where);
}

function compareDensity({ inputs, config, expected, case: where }: GoldenCase): Comparison[] {
  const { intra, inter, ratio } = density(rowsOf(inputs.embeddings, where), labelsOf(inputs.labels, where));
  const value = { intra, inter, intra_over_inter: ratio }[String(config.mode)];
  return named({ value: value ?? Number.NaN }, expected, where);
}

/** Where the peer returns NaN or an arbitrary class's value for a class of one sample, we leave that class out. */
function singletonDeviation({ inputs, case: where }: GoldenCase): GoldenResult {
  const { intra } = density(rowsOf(inputs.embeddings, where), labelsOf(inputs.labels, where));
  const message = "differs on purpose: classes of one sample are left out, the peer returns NaN";
  return { case: where, passed: Number.isFinite(intra), error: Number.NaN, message };
}

function named(actual: Readonly<Record<string, number>>, expected: GoldenRecord, where: string): Comparison[] {
  return Object.entries(actual).map(([name, value]) => ({
    name,
    actual: value,
    expected: asNumber(expected[name], `${where} ${name}`),
  }));
}

function labelsOf(value: GoldenRecord[string] | undefined, where: string): Int32Array {
  return Int32Array.from(asNumbers(value, where));
}

function rowsOf(value: GoldenRecord[string] | undefined, where: string): Rows {
  const { data, shape } = asTensor(value, where);
  return { data, dimension: shape[1]! };
}
