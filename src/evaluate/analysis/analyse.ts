import { rowCount } from "../../linalg/rows.js";
import type { DeviceOptions } from "../../run/index.js";
import { evaluateEmbeddings } from "../evaluate-embeddings.js";
import { density } from "../geometry/density.js";
import { singularSpectrum, spectralDecay } from "../geometry/spectrum.js";
import type { InputReport } from "../input-report.js";
import { type RetrievalResult, retrievalMetrics } from "../retrieval.js";
import type { Embeddings, SearchDistance } from "../search/prepare.js";
import { scanDistances } from "../search/scan.js";
import { alignment, sampleRows, uniformity } from "./alignment.js";
import { type ConfusedClasses, confusedClasses } from "./confusion.js";
import { type Hubness, hubness } from "./hubness.js";
import { type SpectralComplexity, spectralComplexity } from "./spectral-complexity.js";

/** Options of {@link analyseEmbeddings}. */
export interface AnalysisOptions extends DeviceOptions {
  /** Default cosine. */
  readonly distance?: SearchDistance;
  /** Neighbours for hubness. Default 10. */
  readonly k?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Called with what is being done. */
  readonly onPart?: (part: string) => void;
}

/** Everything that embeddings tell about themselves. */
export interface EmbeddingAnalysis {
  readonly items: number;
  readonly classes: number;
  readonly dimension: number;
  /** Mean cosine distance inside classes, between class means, and their ratio. */
  readonly density: ReturnType<typeof density>;
  /** [min(N, D)] singular values over their sum, largest first. */
  readonly spectrum: Float64Array;
  /** KL(uniform || spectrum): 0 for a flat spectrum, infinite when directions are unused. */
  readonly rho: number;
  /** exp of the entropy of the spectrum: how many directions are in use, so to speak (Roy, Vetterli, 2007). */
  readonly effectiveRank: number;
  readonly alignment: number;
  readonly uniformity: number;
  readonly hubness: Hubness;
  readonly complexity: SpectralComplexity;
  readonly retrieval: RetrievalResult;
  readonly confused: readonly ConfusedClasses[];
  /** Distances of pairs in equal bins from `low` to `high`: shares of the pairs of one class, and of two. */
  readonly distances: DistanceHistogram;
  readonly input: InputReport;
}

/** How distances of pairs are spread. */
export interface DistanceHistogram {
  readonly low: number;
  readonly high: number;
  readonly same: Float64Array;
  readonly different: Float64Array;
}

/** Rows for measures that compare all pairs. */
const SAMPLE = 8192;
const BINS = 50;

/** Density, spectrum, alignment and uniformity, hubness, complexity, retrieval class by class and who is taken for whom. */
export async function analyseEmbeddings(
  rows: Embeddings,
  labels: Int32Array,
  { distance = "cosine", k = 10, seed = 0, onPart, ...device }: AnalysisOptions = {},
): Promise<EmbeddingAnalysis> {
  onPart?.("retrieval");
  const { result, retrieval, input } = await evaluateEmbeddings(
    { ...rows, labels },
    { ...device, distance, metrics: retrievalMetrics([]), neighbours: Math.min(k, rowCount(rows) - 1) },
  );
  onPart?.("density");
  const packed = density(rows, labels);
  onPart?.("spectrum");
  const spectrum = singularSpectrum(rows);
  onPart?.("alignment and uniformity");
  const spread = {
    alignment: alignment(rows, labels),
    uniformity: await uniformity(rows, { ...device, rows: SAMPLE, seed }),
  };
  onPart?.("complexity");
  return {
    items: labels.length,
    classes: new Set(labels).size,
    dimension: rows.dimension,
    density: packed,
    spectrum,
    rho: spectralDecay(rows),
    effectiveRank: Math.exp(spectrum.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0)),
    ...spread,
    hubness: hubness(retrieval.neighbours, labels.length, k),
    complexity: spectralComplexity(rows, labels, { seed }),
    retrieval: result,
    confused: confusedClasses(retrieval),
    distances: await distanceHistogram(rows, labels, distance, { ...device, seed }),
    input,
  };
}

async function distanceHistogram(
  rows: Embeddings,
  labels: Int32Array,
  distance: SearchDistance,
  { seed, ...device }: DeviceOptions & { seed: number },
): Promise<DistanceHistogram> {
  const { rows: drawn, labels: classes } = sampled(rows, labels, seed);
  const options = { ...device, distance };
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  await scanDistances(drawn, drawn, options, (row, distances) => {
    for (let other = row + 1; other < distances.length; other++) {
      low = Math.min(low, distances[other]!);
      high = Math.max(high, distances[other]!);
    }
  });
  const counts = [new Float64Array(BINS), new Float64Array(BINS)] as const;
  const width = (high - low) / BINS || 1;
  await scanDistances(drawn, drawn, options, (row, distances) => {
    for (let other = row + 1; other < distances.length; other++) {
      const bin = Math.min(BINS - 1, Math.floor((distances[other]! - low) / width));
      counts[classes[other] === classes[row] ? 0 : 1][bin]!++;
    }
  });
  const shares = (list: Float64Array) => {
    const total = list.reduce((sum, count) => sum + count, 0);
    return list.map((count) => (total === 0 ? 0 : count / total));
  };
  return { low, high, same: shares(counts[0]), different: shares(counts[1]) };
}

/** The draw depends on the seed and the number of rows alone, so that positions drawn alike are those of the rows. */
function sampled(rows: Embeddings, labels: Int32Array, seed: number): { rows: Embeddings; labels: Int32Array } {
  const positions = sampleRows({ data: Float32Array.from(labels.keys()), dimension: 1 }, SAMPLE, seed).data;
  return { rows: sampleRows(rows, SAMPLE, seed), labels: Int32Array.from(positions, (row) => labels[row]!) };
}
