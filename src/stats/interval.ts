import { betaQuantile, normalQuantile, studentQuantile } from "./distributions.js";
import { checkConfidence, checkSample, inputError, mean, type Numbers, variance } from "./sample.js";

/** An estimate with the ends of its confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The confidence that intervals have by default, the field's habit. */
export const CONFIDENCE = 0.95;

/**
 * The mean of a few independent values, such as one number a seed, with Student's t interval: exact for normal values
 * however few they are, where a bootstrap of five values is far too narrow.
 *
 * One value has no interval: its ends are NaN.
 */
export function meanInterval(values: Numbers, confidence = CONFIDENCE): Estimate {
  checkSample("meanInterval", values);
  checkConfidence("meanInterval", confidence);
  const error = Math.sqrt(variance(values) / values.length);
  return studentInterval(mean(values), error, values.length - 1, confidence);
}

/** value -+ t x error; degenerate without degrees of freedom. */
export function studentInterval(value: number, error: number, degrees: number, confidence: number): Estimate {
  const reach = degrees > 0 ? studentQuantile(confidence, degrees) * error : Number.NaN;
  return { value, low: value - reach, high: value + reach };
}

/**
 * A share `successes / trials` with Wilson's score interval (JASA 1927): close to its nominal coverage on average,
 * inside [0, 1], and not empty at 0 and 1 (Brown, Cai, DasGupta, 2001, recommend it for small samples).
 */
export function wilsonInterval(successes: number, trials: number, confidence = CONFIDENCE): Estimate {
  checkShare("wilsonInterval", successes, trials, confidence);
  const z = normalQuantile(0.5 + confidence / 2);
  const share = successes / trials;
  const shrink = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / shrink;
  const reach = (z / shrink) * Math.sqrt((share * (1 - share)) / trials + (z / (2 * trials)) ** 2);
  const low = successes === 0 ? 0 : centre - reach;
  const high = successes === trials ? 1 : centre + reach;
  return { value: share, low, high };
}

/**
 * A share with Clopper and Pearson's interval (Biometrika 1934): never covers less than promised, hence wide; the
 * choice where being wrong is worse than being vague, as with a wanted false-match rate.
 */
export function clopperPearsonInterval(successes: number, trials: number, confidence = CONFIDENCE): Estimate {
  checkShare("clopperPearsonInterval", successes, trials, confidence);
  const tail = (1 - confidence) / 2;
  const failures = trials - successes;
  return {
    value: successes / trials,
    low: successes === 0 ? 0 : betaQuantile(tail, successes, failures + 1),
    high: failures === 0 ? 1 : betaQuantile(1 - tail, successes + 1, failures),
  };
}

function checkShare(where: string, successes: number, trials: number, confidence: number): void {
  checkConfidence(where, confidence);
  const whole = Number.isSafeInteger(successes) && Number.isSafeInteger(trials);
  if (whole && trials > 0 && successes >= 0 && successes <= trials) return;
  const remedy = "count each trial once";
  throw inputError(where, "whole numbers 0 <= successes <= trials, trials > 0", `${successes} of ${trials}`, remedy);
}
