import { SimileError } from "../../errors/index.js";
import type { Rows } from "../../linalg/rows.js";
import { requireSource, type SamplerSources } from "./sampler.js";

/**
 * The newest known embedding of each item, on the host: what samplers that look at embeddings look at. Whoever trains
 * updates it as batches pass, or all at once. To resume a run exactly, save `vectors` and `known` with the checkpoint and
 * {@link restore} them.
 */
export class EmbeddingBank implements Rows {
  /** [items, dimension] row-major; rows that are not known are 0. */
  readonly data: Float32Array;
  /** [items] 1 where the embedding is known. */
  readonly known: Uint8Array;
  private readonly listeners: ((items: Int32Array) => void)[] = [];

  constructor(
    readonly items: number,
    readonly dimension: number,
  ) {
    this.data = new Float32Array(items * dimension);
    this.known = new Uint8Array(items);
  }

  /** [items, dimension] row-major. */
  get vectors(): Float32Array {
    return this.data;
  }

  /** Puts `rows` [n, dimension] in the places of `indices` [n]; of an item given twice the last counts. */
  update(indices: Int32Array, rows: Float32Array): void {
    const outside = indices.find((index) => index < 0 || index >= this.items);
    if (outside !== undefined || rows.length !== indices.length * this.dimension) {
      throw this.mismatch(
        `${indices.length} indices${outside === undefined ? "" : ` with ${outside}`} and ${rows.length} numbers`,
      );
    }
    indices.forEach((index, at) => {
      this.data.set(rows.subarray(at * this.dimension, (at + 1) * this.dimension), index * this.dimension);
      this.known[index] = 1;
    });
    for (const listener of this.listeners) listener(indices);
  }

  /** Puts back what `vectors` and `known` were. */
  restore(vectors: Float32Array, known: Uint8Array): void {
    if (vectors.length !== this.data.length || known.length !== this.items) {
      throw this.mismatch(`${vectors.length} numbers and ${known.length} marks`);
    }
    this.data.set(vectors);
    this.known.set(known);
    for (const listener of this.listeners) listener(Int32Array.from(known.keys()));
  }

  /** Calls `listener` with the items of every later change. */
  onUpdate(listener: (items: Int32Array) => void): void {
    this.listeners.push(listener);
  }

  /** The known ones among `items`. */
  knownOf(items: Int32Array): Int32Array {
    return items.filter((item) => this.known[item] === 1);
  }

  /** Copies of the rows of `items`. */
  rows(items: Int32Array): Rows {
    const data = new Float32Array(items.length * this.dimension);
    items.forEach((item, at) => {
      data.set(this.data.subarray(item * this.dimension, (item + 1) * this.dimension), at * this.dimension);
    });
    return { data, dimension: this.dimension };
  }

  private mismatch(received: string): SimileError {
    return new SimileError({
      code: "embedding-bank",
      where: "embedding bank",
      expected: `indices below ${this.items} and rows of ${this.dimension} numbers`,
      received,
      remedy: "count items by their position in the sampler's labels, and give one row an index",
    });
  }
}

/** The bank in `sources`, of one row for each of `items`. */
export function requireBank(name: string, sources: SamplerSources, items: number): EmbeddingBank {
  const bank = requireSource(name, sources, "bank");
  if (bank.items === items) return bank;
  throw new SimileError({
    code: "embedding-bank",
    where: `sampler ${name}`,
    expected: `a bank of ${items} items, as many as labels`,
    received: `one of ${bank.items}`,
    remedy: "make the bank for the same part of the data",
  });
}
