import { type Rows, rowAt } from "../../linalg/rows.js";
import type { EmbeddingBank } from "./embedding-bank.js";

/**
 * The mean known embedding of each class, kept up with a bank: a class is averaged anew, from its items in order, when
 * one of them has changed. So the means depend on the bank's content only, not on its history.
 */
export class ClassMeans {
  private readonly means: Rows;
  private readonly stale: Set<number>;
  private readonly classOf = new Map<number, number>();

  /** `classes`: the items of each class. */
  constructor(
    private readonly bank: EmbeddingBank,
    private readonly classes: readonly Int32Array[],
  ) {
    this.means = { data: new Float64Array(classes.length * bank.dimension), dimension: bank.dimension };
    this.stale = new Set(classes.keys());
    for (const [index, items] of classes.entries()) for (const item of items) this.classOf.set(item, index);
    bank.onUpdate((items) => {
      for (const item of items) this.stale.add(this.classOf.get(item)!);
    });
  }

  /** [C, D]; a class without a known embedding has a row of zeros. */
  rows(): Rows {
    for (const index of this.stale) this.average(index);
    this.stale.clear();
    return this.means;
  }

  private average(index: number): void {
    const mean = rowAt(this.means, index).fill(0);
    const items = this.bank.knownOf(this.classes[index]!);
    for (const item of items) {
      const row = rowAt(this.bank, item);
      for (let d = 0; d < mean.length; d++) mean[d]! += row[d]! / items.length;
    }
  }
}
