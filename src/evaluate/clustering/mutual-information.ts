import type { Contingency } from "./contingency.js";

/** How the two entropies are combined into the divisor of NMI and AMI. */
export type EntropyAverage = "arithmetic" | "geometric" | "min" | "max";

const AVERAGES: Readonly<Record<EntropyAverage, (a: number, b: number) => number>> = {
  arithmetic: (a, b) => (a + b) / 2,
  geometric: (a, b) => Math.sqrt(a * b),
  min: Math.min,
  max: Math.max,
};

/** Below this, a difference of entropies (in nats) is rounding. */
const ROUNDING = 1e-12;

/** I(C; K) = sum of n_ij/N ln(N n_ij / (a_i b_j)), in nats. */
export function mutualInformation({ total, classSizes, clusterSizes, cells }: Contingency): number {
  const sum = cells.reduce(
    (part, { class: row, cluster, count }) =>
      part + count * Math.log((count * total) / (classSizes[row]! * clusterSizes[cluster]!)),
    0,
  );
  return Math.max(sum / total, 0);
}

/**
 * Normalised mutual information: I(C; K) / average(H(C), H(K)) (Strehl, Ghosh, JMLR 2002). 1: clusters are the classes. Not corrected
 * for chance: many small clusters score high by luck.
 *
 * Example: classes 0 0 1 1, clusters 0 0 0 1: I = .21576, H = .69315 and .56234: .21576 / .62774 = .34371.
 */
export function normalizedMutualInformation(table: Contingency, average: EntropyAverage = "arithmetic"): number {
  return aboveChance(table, 0, average);
}

/**
 * Adjusted mutual information: (I - E[I]) / (average(H(C), H(K)) - E[I]), E over random partitions with the same sizes
 * (Vinh, Epps, Bailey, JMLR 2010). About 0 for chance, 1 for clusters that are the classes.
 *
 * Example: classes 0 0 1 1, clusters 0 0 0 1: every partition with these sizes has the same I, so 0.
 */
export function adjustedMutualInformation(table: Contingency, average: EntropyAverage = "arithmetic"): number {
  return aboveChance(table, expectedMutualInformation(table), average);
}

/** I / H(C): 1 if no cluster mixes classes (Rosenberg, Hirschberg, EMNLP 2007). */
export function homogeneity(table: Contingency): number {
  const classEntropy = entropy(table.classSizes, table.total);
  return classEntropy === 0 ? 1 : mutualInformation(table) / classEntropy;
}

/** I / H(K): 1 if no class is spread over clusters. */
export function completeness(table: Contingency): number {
  const clusterEntropy = entropy(table.clusterSizes, table.total);
  return clusterEntropy === 0 ? 1 : mutualInformation(table) / clusterEntropy;
}

/** (I - chance) / (average entropy - chance); 0/0 is 1 for equal partitions and else 0. */
function aboveChance(table: Contingency, chance: number, average: EntropyAverage): number {
  const classEntropy = entropy(table.classSizes, table.total);
  const clusterEntropy = entropy(table.clusterSizes, table.total);
  const information = mutualInformation(table);
  const range = AVERAGES[average](classEntropy, clusterEntropy) - chance;
  if (Math.abs(range) > ROUNDING) return (information - chance) / range;
  const equal = Math.abs(classEntropy - clusterEntropy) < ROUNDING && Math.abs(information - classEntropy) < ROUNDING;
  return equal ? 1 : 0;
}

function entropy(sizes: readonly number[], total: number): number {
  return sizes.reduce((sum, size) => sum - (size / total) * Math.log(size / total), 0);
}

/**
 * E[I] under the hypergeometric model. It depends on a class and a cluster only through their sizes, so pairs of equal sizes
 * are computed once: thousands of classes of a few sizes cost next to nothing.
 */
function expectedMutualInformation({ total, classSizes, clusterSizes }: Contingency): number {
  const logFactorial = logFactorials(total);
  let expectation = 0;
  for (const [a, classes] of multiplicities(classSizes)) {
    for (const [b, clusters] of multiplicities(clusterSizes)) {
      expectation += classes * clusters * expectedCell(a, b, total, logFactorial);
    }
  }
  return expectation;
}

function expectedCell(a: number, b: number, total: number, logFactorial: Float64Array): number {
  const f = (n: number) => logFactorial[n]!;
  const fixed = f(a) + f(b) + f(total - a) + f(total - b) - f(total);
  let sum = 0;
  for (let n = Math.max(1, a + b - total); n <= Math.min(a, b); n++) {
    const probability = Math.exp(fixed - f(n) - f(a - n) - f(b - n) - f(total - a - b + n));
    sum += probability * (n / total) * Math.log((total * n) / (a * b));
  }
  return sum;
}

function logFactorials(largest: number): Float64Array {
  const table = new Float64Array(largest + 1);
  for (let n = 2; n <= largest; n++) table[n] = table[n - 1]! + Math.log(n);
  return table;
}

function multiplicities(sizes: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return counts;
}
