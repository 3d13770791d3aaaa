import { SimileError } from "../errors/index.js";
import { averagePrecision, averagePrecisionAtR } from "./metrics/average-precision.js";
import { ndcgAt } from "./metrics/ndcg.js";
import { precisionAt, rPrecision } from "./metrics/precision.js";
import { recallAt, recallFractionAt } from "./metrics/recall.js";
import { reciprocalRank } from "./metrics/reciprocal-rank.js";
import type { QueryMetric } from "./query-metric.js";

const plain: Readonly<Record<string, () => QueryMetric>> = {
  "R-Precision": rPrecision,
  "MAP@R": averagePrecisionAtR,
  MAP: averagePrecision,
  "MAP-trapezoid": () => averagePrecision({ interpolation: "trapezoid" }),
  MRR: reciprocalRank,
};

/** Metrics with a depth, as in `R@8`. CMC is Recall@K under the name it has in re-identification. */
const deep: Readonly<Record<string, (k: number) => QueryMetric>> = {
  P: precisionAt,
  R: recallAt,
  CMC: recallAt,
  "recall-share": recallFractionAt,
  NDCG: ndcgAt,
};

/** Names of metrics of clusters, which k-means with as many clusters as classes is run for. */
export const clusteringMetricNames = ["NMI", "AMI", "ARI", "F1", "purity"] as const;

/** Names of further metrics of all pairs or triplets. */
export const pairMetricNames = ["silhouette", "triplet-accuracy"] as const;

/** Every metric that can be asked for by name; K is a depth. */
export const metricNames: readonly string[] = [
  ...Object.keys(deep).map((name) => `${name}@K`),
  ...Object.keys(plain),
  ...clusteringMetricNames,
  ...pairMetricNames,
];

/** Metrics asked for by name, by what they need. */
export interface ChosenMetrics {
  readonly retrieval: Readonly<Record<string, QueryMetric>>;
  readonly clustering: readonly (typeof clusteringMetricNames)[number][];
  readonly pairs: readonly (typeof pairMetricNames)[number][];
}

/** Finds metrics by name, in the order given. Throws `SimileError` (`metric-name`) for one that is unknown. */
export function chooseMetrics(names: readonly string[]): ChosenMetrics {
  const retrieval: Record<string, QueryMetric> = {};
  for (const name of names) {
    const [, kind, depth] = /^(.+)@(\d+)$/.exec(name) ?? [];
    const made =
      kind !== undefined && Object.hasOwn(deep, kind)
        ? deep[kind]!(Number(depth))
        : Object.hasOwn(plain, name)
          ? plain[name]!()
          : undefined;
    if (made) retrieval[name] = made;
    else if (!isOneOf(name, clusteringMetricNames) && !isOneOf(name, pairMetricNames)) throw unknownMetric(name);
  }
  return {
    retrieval,
    clustering: clusteringMetricNames.filter((name) => names.includes(name)),
    pairs: pairMetricNames.filter((name) => names.includes(name)),
  };
}

function isOneOf(name: string, known: readonly string[]): boolean {
  return known.includes(name);
}

function unknownMetric(name: string): SimileError {
  return new SimileError({
    code: "metric-name",
    where: "metrics",
    expected: `one of ${metricNames.join(", ")} (K a number)`,
    received: name,
    remedy: "write it as listed, such as R@1 or MAP@R",
  });
}
