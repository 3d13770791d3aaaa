import { principalComponents } from "../../linalg/principal-components.js";
import { type Rows, rowAt, rowCount } from "../../linalg/rows.js";
import { symmetricEigen } from "../../linalg/symmetric-eigen.js";
import { Random } from "../../rng/index.js";
import { groupRows } from "../geometry/grouped-rows.js";

/** Options of {@link spectralComplexity}. */
export interface SpectralComplexityOptions {
  /** Rows drawn of each class: M. Default 250, as published, or fewer so that all together are at most 12,000. */
  readonly samples?: number;
  /** Neighbours in each class. Default 3. */
  readonly k?: number;
  /** Principal components the rows are reduced to before; volumes in many dimensions say nothing. Default 10. */
  readonly dimensions?: number;
  readonly seed?: number;
}

/** How entangled the classes of a data set are. */
export interface SpectralComplexity {
  /** The cumulative spectral gradient: 0 for classes that never touch, K - 1 for K classes that are one. */
  readonly value: number;
  /** [K, K] row-major, classes ascending: how likely the samples of a class (row) are under another (column); rows add up to 1. */
  readonly similarity: Float64Array;
  /** [K] eigenvalues of the graph's Laplacian, ascending. */
  readonly eigenvalues: Float64Array;
  readonly samples: number;
}

const MOST_ROWS = 12_000;
/** Half a side of a neighbourhood is not taken for smaller than this share of the spread of its dimension. */
const SMALLEST_SIDE = 1e-4;

/**
 * Cumulative spectral gradient (Branchaud-Charron, Achkar, Jodoin: Spectral Metric for Dataset Complexity Assessment, CVPR 2019).
 *
 * For each of M samples of each class i its k nearest samples in class j, itself left out, span a box of volume V; k / (M V) is its density
 * under j; averaged over the samples and divided by the sum over j these are S_ij. W_ij = 1 - sum |S_ik - S_jk| / sum (S_ik + S_jk)
 * is a graph of classes, l_0 <= l_1 <= ... the eigenvalues of its Laplacian, and
 *
 *   CSG = sum over i = 0..K-2 of the largest (l_(m+1) - l_m) / (K - m) up to m = i
 *
 * Example: K classes that are all alike: W is all ones, eigenvalues 0, K, K, ...: K - 1. Classes far apart: S is the identity, 0.
 * Classes of fewer than two rows are left out. Densities are added as logarithms, so that no volume over- or underflows.
 * Throws `SimileError` (`embeddings`).
 */
export function spectralComplexity(
  rows: Rows,
  labels: Int32Array,
  options: SpectralComplexityOptions = {},
): SpectralComplexity {
  const { k = 3, dimensions = 10, seed = 0 } = options;
  const scaled = unitSpread(
    rows.dimension > dimensions
      ? principalComponents(rows, dimensions).projected
      : { ...rows, data: rows.data.slice() },
  );
  const all = groupRows(scaled, labels, "spectralComplexity").filter((members) => members.length > 1);
  const samples = options.samples ?? Math.max(2, Math.min(250, Math.floor(MOST_ROWS / Math.max(1, all.length))));
  const random = new Random(seed);
  const classes = all.map((members) => (members.length > samples ? random.sample(members, samples) : members));
  const similarity = Float64Array.from(classes.flatMap((own) => densities(own, classes, k)));
  const eigenvalues = symmetricEigen(laplacian(similarity, classes.length), classes.length).values.slice().reverse();
  return { value: cumulativeGradient(eigenvalues), similarity, eigenvalues, samples };
}

type Row = Rows["data"];

/** Row i of S: mean density of the samples of a class under each class, divided by their sum. */
function densities(own: readonly Row[], classes: readonly (readonly Row[])[], k: number): number[] {
  const logs = classes.map((other) => logSumExp(own.map((row) => logDensity(row, other, k))));
  const total = logSumExp(logs);
  return logs.map((value) => Math.exp(value - total));
}

/** ln of k / (M V), V the box around a row that holds its k nearest of a class, itself left out. */
function logDensity(row: Row, members: readonly Row[], k: number): number {
  const nearest = kNearest(row, members, k);
  let logVolume = 0;
  for (let d = 0; d < row.length; d++) {
    const side = nearest.reduce((largest, member) => Math.max(largest, Math.abs(member[d]! - row[d]!)), SMALLEST_SIDE);
    logVolume += Math.log(2 * side);
  }
  return Math.log(nearest.length / members.length) - logVolume;
}

function kNearest(row: Row, members: readonly Row[], k: number): Row[] {
  const best: { distance: number; member: Row }[] = [];
  for (const member of members) {
    if (member === row) continue;
    const worst = best.length < k ? Number.POSITIVE_INFINITY : best.at(-1)!.distance;
    let distance = 0;
    for (let d = 0; d < row.length && distance < worst; d++) distance += (row[d]! - member[d]!) ** 2;
    if (distance >= worst) continue;
    const place = best.findIndex((other) => other.distance > distance);
    best.splice(place < 0 ? best.length : place, 0, { distance, member });
    if (best.length > k) best.pop();
  }
  return best.map(({ member }) => member);
}

function logSumExp(values: readonly number[]): number {
  const largest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

/** Degree less weight of the graph of classes, without loops [K, K]. */
function laplacian(similarity: Float64Array, count: number): Float64Array {
  const matrix = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let [apart, together] = [0, 0];
      for (let k = 0; k < count; k++) {
        const [a, b] = [similarity[i * count + k]!, similarity[j * count + k]!];
        apart += Math.abs(a - b);
        together += a + b;
      }
      const weight = 1 - apart / together;
      matrix[i * count + j] = matrix[j * count + i] = -weight;
      matrix[i * count + i]! += weight;
      matrix[j * count + j]! += weight;
    }
  }
  return matrix;
}

function cumulativeGradient(eigenvalues: Float64Array): number {
  const count = eigenvalues.length;
  let [sum, largest] = [0, 0];
  for (let i = 0; i + 1 < count; i++) {
    largest = Math.max(largest, (eigenvalues[i + 1]! - eigenvalues[i]!) / (count - i));
    sum += largest;
  }
  return sum;
}

/** Every dimension divided by its root mean square, so that the smallest side means the same everywhere. */
function unitSpread({ data, dimension }: Rows): Rows {
  const count = rowCount({ data, dimension });
  for (let d = 0; d < dimension; d++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < count; row++) {
      const value = data[row * dimension + d]!;
      sum += value / count;
      squares += value ** 2 / count;
    }
    const deviation = Math.sqrt(Math.max(0, squares - sum * sum)) || 1;
    for (let row = 0; row < count; row++) rowAt({ data, dimension }, row)[d]! /= deviation;
  }
  return { data, dimension };
}
