import { averagePrecision, averagePrecisionAtR } from "../../src/evaluate/metrics/average-precision.js";
import { precisionAt, rPrecision } from "../../src/evaluate/metrics/precision.js";
import { recallAt, recallFractionAt } from "../../src/evaluate/metrics/recall.js";
import { reciprocalRank } from "../../src/evaluate/metrics/reciprocal-rank.js";
import { neighboursNeeded, type Retrieval } from "../../src/evaluate/neighbours.js";
import type { QueryMetric } from "../../src/evaluate/query-metric.js";
import { evaluateRetrieval } from "../../src/evaluate/retrieval.js";
import { bruteForceNeighbours, cosineDistance, squaredEuclidean } from "../oracles/neighbours.js";
import { type Comparison, compareLists } from "./compare.js";
import { asList, asNumber, asNumbers, asRecord, asTensor, type GoldenCase } from "./format.js";

const ACCURACY: Readonly<Record<string, QueryMetric>> = {
  precision_at_1: precisionAt(1),
  r_precision: rPrecision(),
  mean_average_precision_at_r: averagePrecisionAtR(),
  mean_average_precision: averagePrecision(),
  mean_reciprocal_rank: reciprocalRank(),
};

/** pytorch-metric-learning's calculator: neighbours, k, lone labels, and the three kinds of averages. */
export function compareAccuracy(golden: GoldenCase): Comparison[] {
  const { expected, config, case: where } = golden;
  const retrieval = retrievalOf(golden, asNumber(expected.kUsed, where));
  const result = evaluateRetrieval(retrieval, ACCURACY);
  const loneLabels = new Set(retrieval.queryLabels.filter((label) => !result.classes.includes(label)));
  const scores = Object.entries(result.metrics).flatMap(([name, summary]) => [
    one(`mean ${name}`, summary.mean, asRecord(expected.mean, where)[name], where),
    one(`class mean ${name}`, summary.classMean, asRecord(expected.avg_of_avgs, where)[name], where),
    ...compareLists(`per class ${name}`, summary.perClass, perClass(golden, name)),
  ]);
  const needed = neighboursNeeded(retrieval);
  return [
    ...scores,
    ...compareNeighbours(golden, retrieval),
    ...compareLists(
      "lone labels",
      [...loneLabels].sort((a, b) => a - b),
      asNumbers(expected.loneQueryLabels, where),
    ),
    ...compareLists("classes", result.classes, asNumbers(expected.classOrder, where)),
    ...(config.k === "max_bin_count" ? [one("k needed", needed, expected.kUsed, where)] : []),
  ];
}

/** The peer lists a NaN for each lone class when all are lone, though its class order is then empty. */
function perClass({ expected, case: where }: GoldenCase, metric: string): number[] {
  const classes = asNumbers(expected.classOrder, where);
  return asNumbers(asRecord(expected.per_class, where)[metric], where).slice(0, classes.length);
}

/** Recall@K and its relatives, with lone queries counted as misses where the file does so. */
export function compareRecall(golden: GoldenCase): Comparison[] {
  const { config, expected, case: where } = golden;
  const retrieval = retrievalOf(golden, Math.max(...asNumbers(config.ks, where)));
  return asNumbers(config.ks, where).flatMap((k) => {
    const metrics = { any: recallAt(k), precision: precisionAt(k), share: recallFractionAt(k) };
    const { metrics: summaries, scored, lone } = evaluateRetrieval(retrieval, metrics);
    const missed = scored / (scored + lone);
    const actual: Record<string, number> = {
      recallAtK: summaries.any.mean * missed,
      recallAtKWithoutLoneQueries: summaries.any.mean,
      precisionAtK: summaries.precision.mean * missed,
      recallFractionAtK: summaries.share.mean,
    };
    return Object.entries(expected).map(([name, values]) =>
      one(`${name} ${k}`, actual[name] ?? Number.NaN, asRecord(values, where)[k], where),
    );
  });
}

/** Roth et al.'s mAP_c counts the query in its class size: R + 1 neighbours, divided by R + 1. Not a metric we offer. */
export function compareClassAveragePrecision(golden: GoldenCase): Comparison[] {
  const withSelf: QueryMetric = {
    depth: "all",
    score: ({ hits, relevant }) =>
      averagePrecision().score({ hits: hits.subarray(0, relevant + 1), relevant: relevant + 1 }),
  };
  const { metrics } = evaluateRetrieval(retrievalOf(golden, Number.POSITIVE_INFINITY), { mAP_c: withSelf });
  return [one("mAP_c", metrics.mAP_c.mean, golden.expected.mAP_c, golden.case)];
}

function retrievalOf({ inputs, config, case: where }: GoldenCase, k: number): Retrieval {
  const query = asTensor(inputs.query ?? inputs.embeddings, where);
  const gallery = inputs.reference ? asTensor(inputs.reference, where) : query;
  const queryLabels = Int32Array.from(asNumbers(inputs.queryLabels ?? inputs.labels, where));
  const galleryLabels = inputs.referenceLabels
    ? Int32Array.from(asNumbers(inputs.referenceLabels, where))
    : queryLabels;
  const queriesInGallery = config.ref_includes_query !== false;
  const neighbours = bruteForceNeighbours(
    { data: query.data, dimension: query.shape[1]! },
    { data: gallery.data, dimension: gallery.shape[1]! },
    { k, queriesInGallery, distance: config.distance === "cosine" ? cosineDistance : squaredEuclidean },
  );
  return { neighbours, queryLabels, galleryLabels, queriesInGallery };
}

function compareNeighbours({ inputs, case: where }: GoldenCase, { neighbours }: Retrieval): Comparison[] {
  const rows = asList(inputs.knnIndices, where).flatMap((row) => asNumbers(row, where));
  return compareLists("neighbours", neighbours.indices, rows);
}

function one(
  name: string,
  actual: number,
  expected: GoldenCase["inputs"][string] | undefined,
  where: string,
): Comparison {
  return { name, actual, expected: asNumber(expected, `${where} ${name}`) };
}
