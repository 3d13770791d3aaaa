/** A problem found while training, and what to do about it. */
export interface Diagnosis {
  readonly problem: string;
  readonly remedy: string;
  /** The classes it is about, when it is about some. */
  readonly classes?: readonly string[];
}

/** Mean over dimensions of the variance of the rows of [rows, dimension]. */
export function embeddingVariance(vectors: Float32Array, dimension: number): number {
  const rows = vectors.length / dimension;
  let total = 0;
  for (let d = 0; d < dimension; d++) {
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      const value = vectors[row * dimension + d]!;
      sum += value;
      squares += value * value;
    }
    total += squares / rows - (sum / rows) ** 2;
  }
  return total / dimension;
}

/** The embedding when nearly all rows are the same. Unit rows that differ have a variance near 1 / dimension. */
export function diagnoseCollapse(vectors: Float32Array, dimension: number): Diagnosis | undefined {
  const rows = vectors.length / dimension;
  let power = 0;
  for (const value of vectors) power += value * value;
  const spread = (embeddingVariance(vectors, dimension) * dimension * rows) / Math.max(power, Number.MIN_VALUE);
  if (spread > 1e-3) return undefined;
  return {
    problem: `the embedding has collapsed: all items lie within ${(100 * spread).toPrecision(2)} % of their mean length`,
    remedy: "lower the learning rate, warm up, or use a miner or loss that does not select only the hardest negatives",
  };
}

/** A loss that is no number. */
export function diagnoseLoss(loss: number): Diagnosis | undefined {
  if (Number.isFinite(loss)) return undefined;
  return {
    problem: `the loss is ${loss}`,
    remedy: "lower optimizer.learningRate or set optimizer.clipNorm; the last checkpoint is from before this",
  };
}

/** A loss that has stayed at one value, as triplet losses do at their margin when everything maps to one point. */
export function diagnosePlateau(losses: readonly number[]): Diagnosis | undefined {
  if (losses.length < 50) return undefined;
  const recent = losses.slice(-50);
  const spread = Math.max(...recent) - Math.min(...recent);
  const level = Math.abs(recent[0]!);
  if (spread > 1e-4 * Math.max(level, 1e-6)) return undefined;
  return {
    problem: `the loss has stayed at ${recent[0]!.toPrecision(6)} for 50 steps`,
    remedy:
      level < 1e-6
        ? "nothing is left to learn: use a harder miner or stop"
        : "the embedding has likely collapsed: lower the learning rate or use semi-hard mining",
  };
}

/** Classes whose items never came up. */
export function diagnoseUnseen(seen: ReadonlySet<number>, classes: readonly string[]): Diagnosis | undefined {
  const missing = classes.filter((_, index) => !seen.has(index));
  if (missing.length === 0) return undefined;
  const shown = missing.slice(0, 5).join(", ");
  return {
    problem: `${missing.length} of ${classes.length} training classes were never drawn (${shown}${missing.length > 5 ? ", ..." : ""})`,
    remedy: "train for more steps or with larger batches",
    classes: missing,
  };
}
