import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import { type Rows, rowCount } from "../linalg/rows.js";
import { arange, concat, matmul, topK, where } from "../ops/index.js";
import { compile, type DeviceOptions, type Program } from "../run/index.js";
import type { Neighbours } from "./neighbours.js";

/** How near two embeddings are: cosine and dot are similarities, shown as 1 - s and -s; euclidean is the L2 distance. */
export type SearchDistance = "cosine" | "euclidean" | "dot";

/** Embeddings of single precision, row by row. */
export interface Embeddings extends Rows {
  readonly data: Float32Array;
}

/** Settings of {@link nearestNeighbours}. */
export interface SearchOptions extends DeviceOptions {
  /** Neighbours wanted; fewer candidates than that are an error. */
  readonly k: number;
  /** Default cosine. */
  readonly distance?: SearchDistance;
  /** Query i is gallery item i and must not find itself. Default false. */
  readonly queriesInGallery?: boolean;
  /** Queries and gallery items of one block; memory is about 4 * block^2 * 3 bytes. Default 2,048. */
  readonly blockSize?: number;
}

const UNSEEN = -1;

/** Rows divided by their length; a zero row stays zero. */
function unit(x: Tensor): Tensor {
  return x.div(x.square().sum({ axes: 1, keepAxes: true }).sqrt().maximum(1e-12));
}

/** Larger is nearer. For L2 the squared distance with its sign changed. */
function nearness(query: Tensor, gallery: Tensor, distance: SearchDistance): Tensor {
  if (distance === "dot") return matmul(query, gallery.transpose());
  if (distance === "cosine") return matmul(unit(query), unit(gallery).transpose());
  const squares = (x: Tensor) => x.square().sum({ axes: 1, keepAxes: true });
  const cross = matmul(query, gallery.transpose()).mul(2);
  return cross.sub(squares(query)).sub(squares(gallery).transpose());
}

/** One block of queries against one block of the gallery, merged with the best found so far. */
function blockProgram(dimension: number, { k, distance = "cosine", ...device }: SearchOptions): Promise<Program> {
  return compile(
    ({ query, gallery, own, offset, values, indices }) => {
      const position = arange("g").add(offset);
      const near = nearness(query, gallery, distance);
      // Earlier blocks come first, so that equal distances go to the lowest index.
      const self = position.equal(own.unsqueeze(1));
      const candidates = concat([values, where(self, Number.NEGATIVE_INFINITY, near)], 1);
      const numbered = concat([indices, position.unsqueeze(0).expand(["q", "g"])], 1);
      const best = topK(candidates, k);
      return { outputs: { values: best.values, indices: numbered.gatherElements(best.indices, 1) } };
    },
    {
      query: { shape: ["q", dimension] },
      gallery: { shape: ["g", dimension] },
      own: { shape: ["q"], dtype: "int64" },
      offset: { shape: [], dtype: "int64" },
      values: { shape: ["q", k] },
      indices: { shape: ["q", k], dtype: "int64" },
    },
    { ...device, name: "nearest neighbours" },
  );
}

function toDistance(value: number, distance: SearchDistance): number {
  if (distance === "cosine") return 1 - value;
  return distance === "dot" ? -value : Math.sqrt(Math.max(0, -value));
}

function check(queries: Embeddings, gallery: Embeddings, { k, queriesInGallery }: SearchOptions): void {
  const fail = (expected: string, received: string, remedy: string) =>
    new SimileError({ code: "search", where: "nearestNeighbours", expected, received, remedy });
  if (queries.dimension !== gallery.dimension) {
    throw fail(
      `queries of the gallery's ${gallery.dimension} dimensions`,
      `${queries.dimension}`,
      "embed both with the same model",
    );
  }
  const candidates = rowCount(gallery) - (queriesInGallery ? 1 : 0);
  if (!(Number.isInteger(k) && k >= 0 && k <= candidates)) {
    throw fail(`k from 0 to the ${candidates} candidates`, `${k}`, "ask for fewer neighbours");
  }
  for (const [name, rows] of [
    ["query", queries],
    ["gallery", gallery],
  ] as const) {
    const bad = rows.data.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    const row = Math.floor(bad / rows.dimension);
    throw fail(
      "finite numbers",
      `${rows.data[bad]} in ${name} ${row}`,
      "the model diverged or the vector is damaged; leave it out",
    );
  }
}

/**
 * The exact k nearest gallery items of each query, nearest first, equal distances by the lowest index. Runs in blocks
 * with a running top-k, so that memory does not grow with the product of both sizes.
 */
export async function nearestNeighbours(
  queries: Embeddings,
  gallery: Embeddings,
  options: SearchOptions,
): Promise<Neighbours> {
  check(queries, gallery, options);
  const { k, distance = "cosine", queriesInGallery = false, blockSize = 2048 } = options;
  const { dimension } = queries;
  const queryCount = rowCount(queries);
  const galleryCount = rowCount(gallery);
  const result = { indices: new Int32Array(queryCount * k), distances: new Float32Array(queryCount * k), k };
  if (k === 0 || queryCount === 0) return result;
  const program = await blockProgram(dimension, options);
  try {
    for (let q = 0; q < queryCount; q += blockSize) {
      const rows = Math.min(blockSize, queryCount - q);
      const query = queries.data.subarray(q * dimension, (q + rows) * dimension);
      const own = BigInt64Array.from({ length: rows }, (_, i) => BigInt(queriesInGallery ? q + i : UNSEEN));
      let values = new Float32Array(rows * k).fill(Number.NEGATIVE_INFINITY);
      let indices = new BigInt64Array(rows * k).fill(BigInt(UNSEEN));
      for (let g = 0; g < galleryCount; g += blockSize) {
        const block = gallery.data.subarray(g * dimension, Math.min(galleryCount, g + blockSize) * dimension);
        const found = await program.run({
          query,
          gallery: block,
          own,
          offset: BigInt64Array.of(BigInt(g)),
          values,
          indices,
        });
        values = found.values!.data as Float32Array<ArrayBuffer>;
        indices = found.indices!.data as BigInt64Array<ArrayBuffer>;
      }
      for (let i = 0; i < values.length; i++) {
        result.indices[q * k + i] = Number(indices[i]);
        result.distances[q * k + i] = toDistance(values[i]!, distance);
      }
    }
  } finally {
    await program.release();
  }
  return result;
}
