import type { BenchmarkOutcome } from "../../src/protocol/report.js";
import type { SearchSummary } from "../../src/report/index.js";
import { Random } from "../../src/rng/index.js";

const FOLDS = 4;
const TRIALS = 10;
const SEEDS = 5;
const CLASSES = 98;
const METRICS = [
  { name: "MAP@R", base: 0.3, gain: 1 },
  { name: "R-Precision", base: 0.4, gain: 1 },
  { name: "P@1", base: 0.7, gain: 1.3 },
  { name: "MAP@R, single models", base: 0.25, gain: 1 },
];
const METHODS = [
  "contrastive",
  "triplet",
  "margin",
  "multi-similarity",
  "proxy-anchor",
  "cosface",
  "circle",
  "fast-ap",
];
const MINERS = ["none", "semi-hard", "multi-similarity"];

/** The outcome of a benchmark as it would be, drawn with a seed: eight losses that differ by a few points. */
export function sampleOutcome(seed = 3): BenchmarkOutcome {
  const random = new Random(seed);
  const quality = METHODS.map((_, at) => 0.012 * Math.sin(2 * at) + (at > 3 ? 0.015 : 0));
  const difficulty = normals(random, CLASSES, 0.15);
  const methods = METHODS.map((name, at) => {
    const own = normals(random, CLASSES, 0.04);
    const scores = METRICS.map(({ name: metric, base, gain }) => {
      const rows = Array.from({ length: SEEDS }, () => {
        const luck = 0.004 * random.normal();
        return difficulty.map((value, c) =>
          Math.min(Math.max(base + gain * quality[at]! + value + own[c]! + luck + 0.03 * random.normal(), 0), 1),
        );
      });
      return [metric, rows] as const;
    });
    return { name, scores: Object.fromEntries(scores) };
  });
  return {
    title: "8 losses on made-up cars",
    description: `Frozen features; ${FOLDS} folds of classes, ${TRIALS} trials a fold, ${SEEDS} reproductions.`,
    createdAt: "2025-01-31T12:00:00Z",
    scores: { metrics: METRICS.map(({ name }) => name), methods, baseline: "contrastive" },
    measured: `${CLASSES} test classes that neither training nor tuning saw; the embeddings of the ${FOLDS} folds' models concatenated.`,
    searches: METHODS.map((method, at) => search(method, at, random)),
    learning: METHODS.map((method, at) => ({
      method,
      metric: "MAP@R on validation classes",
      courses: Array.from({ length: FOLDS * SEEDS }, () => course(0.3 + quality[at]!, random)),
    })),
    facts: [
      { title: "Plan", facts: { folds: "4, by class", trainings: "320 for tuning, 160 to reproduce", steps: "1,000" } },
      {
        title: "Environment",
        facts: { command: "simile benchmark made-up-cars --trials 10 --seeds 5", Node: "20.19.0" },
      },
    ],
    configuration: "data: made-up-cars\nfolds: 4\n",
  };
}

function normals(random: Random, count: number, deviation: number): number[] {
  return Array.from({ length: count }, () => deviation * random.normal());
}

function search(method: string, at: number, random: Random): SearchSummary {
  const parameters = [
    { name: "optimizer.learningRate", low: 1e-4, high: 1e-1, log: true },
    { name: "loss.margin", low: 0, high: 1 },
    ...(at % 3 > 0 ? [{ name: "loss.scale", low: 1, high: 256, log: true }] : []),
    ...(at % 4 === 1 ? [{ name: "miner", choices: MINERS }] : []),
  ];
  const folds = Array.from({ length: FOLDS }, () => {
    const trials = Array.from({ length: TRIALS }, () => trial(random));
    const best = Math.max(...trials.map(({ score }) => score ?? 0));
    return trials.map((each) => (each.score === best ? { ...each, chosen: true } : each));
  });
  return { method, objective: "MAP@R on validation classes", parameters, trials: folds.flat() };
}

function trial(random: Random) {
  const rate = 1e-4 * 1000 ** random.uniform();
  const margin = random.uniform();
  const score = 0.33 - 0.02 * (Math.log10(rate) + 2.2) ** 2 - 0.05 * (margin - 0.4) ** 2 + 0.005 * random.normal();
  const values = {
    "optimizer.learningRate": rate,
    "loss.margin": margin,
    "loss.scale": 256 ** random.uniform(),
    miner: MINERS[random.integer(MINERS.length)]!,
  };
  return { values, score: random.uniform() < 0.03 ? null : score };
}

/** Rises, then falls a little. */
function course(top: number, random: Random): { step: number; value: number }[] {
  const speed = 120 + 60 * random.uniform();
  return Array.from({ length: 21 }, (_, at) => {
    const step = 50 * at;
    const learned = 0.15 + (top - 0.15) * (1 - Math.exp(-step / speed));
    return { step, value: learned - 2e-5 * Math.max(0, step - 600) + 0.002 * random.normal() };
  });
}
