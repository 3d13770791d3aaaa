import { clusterSums } from "./clusters.js";
import { normalCdf, normalQuantile } from "./distributions.js";
import { CONFIDENCE, type Estimate } from "./interval.js";
import {
  checkConfidence,
  checkSample,
  type IntegerSource,
  inputError,
  mean,
  type Numbers,
  quantile,
  sum,
} from "./sample.js";

/** How to resample. */
export interface BootstrapOptions {
  readonly random: IntegerSource;
  /** 2,000 by default: Efron and Tibshirani (1993) ask for 1,000 at least for ends of intervals. */
  readonly resamples?: number;
  readonly confidence?: number;
  /**
   * `bca` (default): bias-corrected and accelerated (Efron, JASA 1987), second-order accurate for skewed statistics;
   * `percentile`: the plain quantiles of the replicates.
   */
  readonly method?: "bca" | "percentile";
}

const RESAMPLES = 2000;

/**
 * Bootstrap interval of any statistic of independent units (Efron, 1979). `statistic` gets the positions of the units
 * drawn (repeats among them) and is also called with each unit left out once; the array is reused between calls.
 * A unit is whatever was sampled independently: a class, not a query, where queries share a class.
 */
export function bootstrapInterval(
  units: number,
  statistic: (drawn: Int32Array) => number,
  options: BootstrapOptions,
): Estimate {
  const positions = Int32Array.from({ length: units }, (_, at) => at);
  return fromReplicates("bootstrapInterval", units, options, {
    value: () => statistic(positions),
    resampled: resampler(units, options.random, statistic),
    leftOut: (unit) => statistic(positions.filter((at) => at !== unit)),
  });
}

/** Options of {@link bootstrapMean}. */
export interface BootstrapMeanOptions extends BootstrapOptions {
  /** [N] which cluster each value belongs to (any numbers). Clusters are drawn whole. By default each value is its own. */
  readonly clusters?: Numbers;
}

/**
 * The mean over all values with its bootstrap interval. With `clusters`, whole clusters are drawn with replacement
 * (Field and Welsh, 2007): queries of one class are alike, and drawing them one by one claims to know too much.
 */
export function bootstrapMean(values: Numbers, { clusters, ...options }: BootstrapMeanOptions): Estimate {
  checkSample("bootstrapMean", values);
  const { sums, sizes } = clusterSums("bootstrapMean", values, clusters);
  const [total, count] = [sum(sums), sum(sizes)];
  return fromReplicates("bootstrapMean", sums.length, options, {
    value: () => total / count,
    resampled: resampler(sums.length, options.random, (drawn) => {
      let [drawnSum, drawnSize] = [0, 0];
      for (const unit of drawn) {
        drawnSum += sums[unit]!;
        drawnSize += sizes[unit]!;
      }
      return drawnSum / drawnSize;
    }),
    leftOut: (unit) => (total - sums[unit]!) / (count - sizes[unit]!),
  });
}

/** A statistic of units drawn again. */
interface Resampled {
  readonly value: () => number;
  readonly resampled: () => number;
  readonly leftOut: (unit: number) => number;
}

function resampler(units: number, random: IntegerSource, statistic: (drawn: Int32Array) => number): () => number {
  const drawn = new Int32Array(units);
  return () => {
    for (let i = 0; i < units; i++) drawn[i] = random.integer(units);
    return statistic(drawn);
  };
}

function fromReplicates(
  where: string,
  units: number,
  { resamples = RESAMPLES, confidence = CONFIDENCE, method = "bca" }: BootstrapOptions,
  { value: estimate, resampled, leftOut }: Resampled,
): Estimate {
  checkConfidence(where, confidence);
  if (!(Number.isSafeInteger(resamples) && resamples >= 1 && units >= 1)) {
    const received = `${resamples} of ${units}`;
    throw inputError(where, "at least one resample of at least one unit", received, "take 1,000 resamples or more");
  }
  const value = estimate();
  // One unit alone says nothing of how units differ.
  if (units === 1) return { value, low: Number.NaN, high: Number.NaN };
  const replicates = Float64Array.from({ length: resamples }, resampled).sort();
  const tails = [(1 - confidence) / 2, (1 + confidence) / 2] as const;
  const left = () => Float64Array.from({ length: units }, (_, unit) => leftOut(unit));
  const [low, high] = method === "bca" ? correctedTails(tails, value, replicates, left()) : tails;
  return { value, low: quantile(replicates, low), high: quantile(replicates, high) };
}

/** Efron's correction of the tails for median bias and for a spread that changes with the value. */
function correctedTails(
  tails: readonly [number, number],
  value: number,
  replicates: Float64Array,
  leftOut: Float64Array,
): [number, number] {
  const below = shareBelow(replicates, value);
  const edge = 0.5 / replicates.length;
  const bias = normalQuantile(Math.min(Math.max(below, edge), 1 - edge));
  const centre = mean(leftOut);
  let [squares, cubes] = [0, 0];
  for (const left of leftOut) {
    squares += (centre - left) ** 2;
    cubes += (centre - left) ** 3;
  }
  const acceleration = squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
  const corrected = (tail: number) => {
    const shifted = bias + normalQuantile(tail);
    return normalCdf(bias + shifted / (1 - acceleration * shifted));
  };
  return [corrected(tails[0]), corrected(tails[1])];
}

/** Share of the sorted replicates below the value; equal ones count half: a statistic of few units takes values often. */
function shareBelow(replicates: Float64Array, value: number): number {
  // The same units drawn in another order give sums that differ by rounding.
  const rounding = 1e-10 * (replicates.at(-1)! - replicates[0]!);
  let below = 0;
  for (const replicate of replicates) {
    if (replicate < value - rounding) below += 1;
    else if (replicate <= value + rounding) below += 0.5;
  }
  return below / replicates.length;
}
