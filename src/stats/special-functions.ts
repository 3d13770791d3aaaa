const LANCZOS_SHIFT = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the gamma function for x > 0 (Lanczos, 1964; relative error about 1e-15). */
export function logGamma(x: number): number {
  // The reflection formula: the series loses digits near 0.
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x - 1 + LANCZOS_SHIFT + 0.5;
  const series = LANCZOS.reduce((sum, coefficient, at) => sum + coefficient / (x - 1 + at));
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series);
}

const MOST_TERMS = 100_000;
const NEGLIGIBLE = 1e-16;
const TINY = 1e-300;

/** Upper regularized incomplete gamma function Q(a, x), a > 0, x >= 0: the tail of a gamma distribution. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  // The series converges fast below a + 1, the continued fraction above.
  if (x < a + 1) return 1 - scale * gammaSeries(a, x);
  return scale / continuedFraction(x + 1 - a, (n) => [-n * (n - a), x + 1 - a + 2 * n]);
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * NEGLIGIBLE; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Regularized incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1: the distribution function of a beta. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it, the other tail is the fast one.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const logScale = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  const fraction = continuedFraction(1, (n) => [betaCoefficient(a, b, n) * x, 1]);
  return Math.exp(logScale) / (a * fraction);
}

function betaCoefficient(a: number, b: number, n: number): number {
  const m = Math.floor(n / 2);
  if (n % 2 === 0) return (m * (b - m)) / ((a + 2 * m - 1) * (a + 2 * m));
  return (-(a + m) * (a + b + m)) / ((a + 2 * m) * (a + 2 * m + 1));
}

/** first + c1 / (d1 + c2 / (d2 + ...)) with [c, d] = `term(n)`, by Lentz's method. */
function continuedFraction(first: number, term: (n: number) => readonly [number, number]): number {
  let value = first || TINY;
  let [up, down] = [value, 0];
  for (let n = 1; n < MOST_TERMS; n++) {
    const [c, d] = term(n);
    down = 1 / (d + c * down || TINY);
    up = d + c / up || TINY;
    value *= up * down;
    if (Math.abs(up * down - 1) < NEGLIGIBLE * 10) break;
  }
  return value;
}
