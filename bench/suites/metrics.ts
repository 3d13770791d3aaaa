import {
  adjustedMutualInformation,
  chooseMetrics,
  contingency,
  evaluateEmbeddings,
  kMeans,
  normalizedMutualInformation,
} from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";
import { type Case, normals, type Suite } from "../suite.js";

/** Metrics of one search, as `simile evaluate` computes them. */
const names = ["P@1", "R-Precision", "MAP@R"];

/** Every row searches all others; `perClass` rows of a class. */
function retrieval(count: number, dimension: number, perClass: number): Case {
  return {
    async make(threads) {
      const data = normals(count * dimension, new Random(1));
      const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(i / perClass));
      const metrics = chooseMetrics(names).retrieval;
      return {
        run: () => evaluateEmbeddings({ data, dimension, labels }, { metrics, threads }),
        release: async () => {},
      };
    },
    work: { flop: 2 * count * count * dimension },
  };
}

const ROUNDS = 20;

/** A start by k-means++ and as many rounds as both sides are allowed: noise never settles before. */
function clustering(count: number, dimension: number, clusters: number): Case {
  return {
    async make(threads) {
      const rows = { data: normals(count * dimension, new Random(1)), dimension };
      return {
        run: () => kMeans(rows, { clusters, iterations: ROUNDS, threads }),
        release: async () => {},
      };
    },
    work: { flop: 2 * (ROUNDS + 1) * count * clusters * dimension },
  };
}

/** Two labellings of as many items against each other. */
function agreement(score: (table: ReturnType<typeof contingency>) => number, count: number, classes: number): Case {
  return {
    async make() {
      const random = new Random(1);
      const drawn = () => Int32Array.from({ length: count }, () => random.integer(classes));
      const [labels, clusters] = [drawn(), drawn()];
      return { run: async () => score(contingency(labels, clusters)), release: async () => {} };
    },
  };
}

const retrievals = [
  { count: 10_000, dimension: 128, perClass: 50 },
  { count: 60_502, dimension: 512, perClass: 5 },
];

export const suite: Suite = {
  title: `metrics: ${names.join(", ")} of a search of all rows among all; k-means; agreement of labellings`,
  peer: { name: "named peer", script: "metrics.py" },
  cases: {
    ...Object.fromEntries(
      ["pml", "torch"].flatMap((peer) =>
        retrievals.map(({ count, dimension, perClass }) => [
          `${peer}/retrieval/${count}x${dimension}/${perClass}`,
          retrieval(count, dimension, perClass),
        ]),
      ),
    ),
    "sklearn/k-means/10000x128/100": clustering(10_000, 128, 100),
    "sklearn/nmi/60502/1000": agreement(normalizedMutualInformation, 60_502, 1000),
    "sklearn/ami/60502/1000": agreement(adjustedMutualInformation, 60_502, 1000),
  },
};
