import { type Factored, factorPositiveDefinite } from "../linalg/positive-definite.js";
import { normalCdf } from "../stats/index.js";

/** Scales over which a score may change, in units of a dimension's whole range, and how noisy it may be. */
const LENGTHS = [0.1, 0.2, 0.4, 0.8, 1.6];
const NOISES = [1e-4, 1e-2, 1e-1, 5e-1];

/** What a model of scores expects at a point. */
export interface Prediction {
  readonly mean: number;
  readonly deviation: number;
}

/** Matern 5/2 over the Euclidean distance (Rasmussen and Williams, 2006, eq. 4.17), of unit variance. */
function kernel(a: readonly number[], b: readonly number[], length: number): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  const r = Math.sqrt(5 * squares) / length;
  return (1 + r + (r * r) / 3) * Math.exp(-r);
}

interface Fit {
  readonly length: number;
  readonly noise: number;
  readonly factored: Factored;
  readonly weights: Float64Array;
  readonly evidence: number;
}

function fit(points: readonly (readonly number[])[], values: Float64Array, length: number, noise: number) {
  const n = points.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      matrix[i * n + j] = kernel(points[i]!, points[j]!, length) + (i === j ? noise + 1e-9 : 0);
    }
  }
  const factored = factorPositiveDefinite(matrix, n);
  if (factored === undefined) return undefined;
  const weights = factored.solve(values);
  const misfit = values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  return { length, noise, factored, weights, evidence: -0.5 * (misfit + factored.logDeterminant) };
}

/**
 * Gaussian process regression of scores over the unit cube, with the scale and the noise of largest evidence among a few
 * (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, chapters 2 and 5).
 *
 * @param points at least one, [n][d]; the function that is returned reads them again
 * @param scores [n]
 */
export function gaussianProcess(
  points: readonly (readonly number[])[],
  scores: readonly number[],
): (point: readonly number[]) => Prediction {
  const center = scores.reduce((a, b) => a + b, 0) / scores.length;
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + (score - center) ** 2, 0) / scores.length) || 1;
  const values = Float64Array.from(scores, (score) => (score - center) / spread);
  const fits = LENGTHS.flatMap((length) => NOISES.flatMap((noise) => fit(points, values, length, noise) ?? []));
  const best = fits.reduce<Fit | undefined>((a, b) => (a && a.evidence >= b.evidence ? a : b), undefined);
  if (best === undefined) return () => ({ mean: center, deviation: spread });
  return (point) => {
    const nearness = Float64Array.from(points, (other) => kernel(point, other, best.length));
    const mean = nearness.reduce((sum, value, i) => sum + value * best.weights[i]!, 0);
    const solved = best.factored.solve(nearness);
    const explained = nearness.reduce((sum, value, i) => sum + value * solved[i]!, 0);
    return { mean: center + spread * mean, deviation: spread * Math.sqrt(Math.max(0, 1 - explained)) };
  };
}

/** How much better than `best` a score is expected to be, nothing being lost where it is worse (Mockus, 1978; Jones et al., 1998). */
export function expectedImprovement({ mean, deviation }: Prediction, best: number): number {
  if (deviation < 1e-12) return Math.max(0, mean - best);
  const z = (mean - best) / deviation;
  return (mean - best) * normalCdf(z) + (deviation * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}
