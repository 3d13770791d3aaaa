import { type BootstrapMeanOptions, bootstrapMean } from "./bootstrap.js";
import { clusterSums } from "./clusters.js";
import { standardizedDifference } from "./effect-size.js";
import type { Estimate } from "./interval.js";
import { holm } from "./multiple-comparisons.js";
import { signFlipTest } from "./paired-tests.js";
import { inputError, type Numbers } from "./sample.js";

/** A paired difference to the baseline. */
export interface PairedDifference extends Estimate {
  /** Two-sided p of no difference. */
  readonly pValue: number;
  /** The same by Holm's correction for all systems compared with the baseline. */
  readonly adjustedPValue: number;
  /** Mean difference in standard deviations of the units' differences; null below two units. */
  readonly effect: number | null;
  /** Units on which the system is better, and worse. */
  readonly better: number;
  readonly worse: number;
}

/** One system's score: its mean, and its difference to the baseline unless it is the baseline. */
export interface ComparedScore {
  readonly name: string;
  readonly mean: Estimate;
  readonly difference: PairedDifference | null;
}

/** Values of one system on the same units as all others. */
export interface SystemValues {
  readonly name: string;
  readonly values: Numbers;
}

/**
 * Systems measured on the same units against the first of them: means and paired differences with BCa bootstrap
 * intervals, p-values by sign flips, Holm's correction over the systems. With `clusters` (the class of each query) whole
 * clusters are drawn and flipped.
 */
export function comparePaired(systems: readonly SystemValues[], options: BootstrapMeanOptions): ComparedScore[] {
  const [baseline, ...others] = systems;
  if (!baseline) throw inputError("comparePaired", "a baseline", "no system", "name one system or more");
  const differences = others.map(({ name, values }) => {
    if (values.length === baseline.values.length)
      return Float64Array.from(values, (value, at) => value - baseline.values[at]!);
    const expected = `the ${baseline.values.length} units of ${baseline.name}`;
    throw inputError(name, expected, `${values.length}`, "measure every system on the same units");
  });
  const pValues = differences.map((values) => signFlipTest(values, options).pValue);
  const adjusted = holm(pValues);
  return systems.map(({ name, values }, at) => {
    const difference = differences[at - 1];
    return {
      name,
      mean: bootstrapMean(values, options),
      difference: difference
        ? {
            ...bootstrapMean(difference, options),
            ...describeDifference(difference, options.clusters),
            pValue: pValues[at - 1]!,
            adjustedPValue: adjusted[at - 1]!,
          }
        : null,
    };
  });
}

/** Effect and who wins, over the units that count as independent. */
function describeDifference(
  values: Float64Array,
  clusters: Numbers | undefined,
): Pick<PairedDifference, "effect" | "better" | "worse"> {
  const { sums, sizes } = clusterSums("comparePaired", values, clusters);
  const units = sums.map((total, at) => total / sizes[at]!);
  const effect = units.length < 2 ? null : standardizedDifference(units);
  return {
    effect: effect !== null && Number.isFinite(effect) ? effect : null,
    better: units.filter((value) => value > 0).length,
    worse: units.filter((value) => value < 0).length,
  };
}
