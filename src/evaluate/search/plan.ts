import { rowCount } from "../../linalg/rows.js";
import { type Embeddings, preparedBytes, type SearchDistance } from "./prepare.js";

/** What a search is planned from. */
export interface PlanOptions {
  /** Neighbours wanted. */
  readonly k: number;
  /** Default cosine. */
  readonly distance?: SearchDistance;
  /** Query i is gallery item i and must not find itself. Default false. */
  readonly queriesInGallery?: boolean;
  /** Most bytes for the scores of one block of queries against one block of the gallery. Default 64 MiB. */
  readonly scoreBytes?: number;
}

/** How a search goes through both sets, and what it needs. */
export interface SearchPlan {
  /** Queries in a block. */
  readonly queryRows: number;
  /** Sizes of the gallery's blocks; each is at least as long as the list kept of it. */
  readonly galleryBlocks: readonly number[];
  /** Neighbours kept while searching: one more than wanted where the query finds itself. */
  readonly kept: number;
  /** Most memory in bytes besides the embeddings given: copies of them, one block at work, and the result. */
  readonly bytes: number;
}

const SCORE_BYTES = 2 ** 26;
/** Selecting from long rows costs least; longer ones than this gain nothing and leave too few queries in a block. */
const LONGEST_BLOCK = 32_768;
/** Products are at full speed from some hundred rows; more would only take longer between two signs of progress. */
const MOST_QUERIES = 1024;
/** Queries that a block should have room for before it gets longer. */
const FEWEST_QUERIES = 16;

/** The blocks and the memory of {@link nearestNeighbours}, without searching. */
export function planSearch(queries: Embeddings, gallery: Embeddings, options: PlanOptions): SearchPlan {
  const { k, distance = "cosine", queriesInGallery = false, scoreBytes = SCORE_BYTES } = options;
  const total = rowCount(gallery);
  const kept = Math.min(k + (queriesInGallery ? 1 : 0), total);
  const scores = Math.max(1, Math.floor(scoreBytes / 4));
  const longest = Math.max(1, kept, Math.min(LONGEST_BLOCK, Math.floor(scores / FEWEST_QUERIES)));
  const galleryBlocks = equalParts(total, longest, kept);
  const largest = galleryBlocks[0] ?? 0;
  const asked = rowCount(queries);
  const queryRows = Math.max(1, Math.min(MOST_QUERIES, asked, Math.floor(scores / Math.max(largest, 1))));
  // Scores, the gallery block turned over, values and indices as found; then the running lists and the result.
  const block = 4 * largest * (queryRows + gallery.dimension) + queryRows * kept * (4 + 8 + 4 + 16);
  const bytes = preparedBytes(distance, queries, gallery) + block + asked * k * 8;
  return { queryRows, galleryBlocks, kept, bytes };
}

/** `total` in parts as equal as can be, the longer ones first, none shorter than `shortest` nor (else) longer than `longest`. */
function equalParts(total: number, longest: number, shortest: number): number[] {
  const most = Math.max(1, Math.floor(total / Math.max(shortest, 1)));
  const parts = Math.min(Math.ceil(total / longest), most);
  return Array.from({ length: parts }, (_, part) => Math.floor(total / parts) + (part < total % parts ? 1 : 0));
}
