import { SimileError } from "../../errors/index.js";
import { gramOfColumns } from "../../linalg/gram.js";
import { type Rows, rowCount } from "../../linalg/rows.js";
import { symmetricEigen } from "../../linalg/symmetric-eigen.js";

/** How `spectralDecay` compares the spectrum with a flat one. */
export interface SpectralDecayOptions {
  /** Leading singular values to leave out before normalising (default 0; the paper's code also logs 1 and 2). */
  readonly dropLeading?: number;
  /** `from-uniform` (default, the paper's rho): KL(uniform || spectrum). `to-uniform`: KL(spectrum || uniform). */
  readonly direction?: "from-uniform" | "to-uniform";
}

/**
 * Singular values of the embeddings [N, D], not centred, largest first, divided by their sum [min(N, D)].
 * They are square roots of eigenvalues of X^T X, so values below about 1e-8 of the largest are rounding.
 * Throws `SimileError` (`embeddings`) if there is no row, or every row is zero.
 */
export function singularSpectrum(embeddings: Rows, dropLeading = 0): Float64Array {
  const { values } = symmetricEigen(gramOfColumns(embeddings), embeddings.dimension);
  const kept = values.subarray(0, Math.min(rowCount(embeddings), embeddings.dimension)).subarray(dropLeading);
  const singular = kept.map((value) => Math.sqrt(Math.max(value, 0)));
  const sum = singular.reduce((total, value) => total + value, 0);
  if (sum > 0) return singular.map((value) => value / sum);
  throw new SimileError({
    code: "embeddings",
    where: "singularSpectrum",
    expected: "embeddings with more than the dropped number of non-zero directions",
    received: `${rowCount(embeddings)} rows of dimension ${embeddings.dimension}, ${dropLeading} dropped`,
    remedy: "check that the embeddings are not all zero",
  });
}

/**
 * Spectral decay rho = KL(uniform || s), s the normalised singular values (Roth et al., Revisiting Training Strategies and
 * Generalization in DML, ICML 2020, section 5): 0 when every direction is used alike; infinite when the rank is deficient.
 *
 * Example: s = (.8, .2): -1/2 ln(2 * .8) - 1/2 ln(2 * .2) = -1/2 ln .64 = .22314.
 */
export function spectralDecay(embeddings: Rows, options: SpectralDecayOptions = {}): number {
  const { dropLeading = 0, direction = "from-uniform" } = options;
  const spectrum = singularSpectrum(embeddings, dropLeading);
  const uniform = spectrum.map(() => 1 / spectrum.length);
  return direction === "from-uniform" ? divergence(uniform, spectrum) : divergence(spectrum, uniform);
}

/** Kullback-Leibler divergence in nats; 0 ln 0 is 0. */
function divergence(from: Float64Array, to: Float64Array): number {
  return from.reduce((sum, p, at) => (p === 0 ? sum : sum + p * Math.log(p / to[at]!)), 0);
}
