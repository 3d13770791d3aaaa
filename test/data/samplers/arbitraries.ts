import fc from "fast-check";
import { EmbeddingBank, type Sampler } from "../../../src/data/samplers/index.js";
import { Random } from "../../../src/rng/index.js";

/** Labels of `classes` or so classes with 1 to 7 items each, mixed up; label numbers have gaps. */
export function labelsOf(classes: { min: number; max: number }, sizes = { min: 1, max: 7 }): fc.Arbitrary<Int32Array> {
  return fc
    .tuple(fc.array(fc.integer(sizes), { minLength: classes.min, maxLength: classes.max }), fc.nat())
    .map(([counts, seed]) => {
      const labels = counts.flatMap((count, index) => new Array<number>(count).fill(3 * index - 2));
      return Int32Array.from(new Random(seed).shuffle(labels));
    });
}

/** A bank whose rows are normal numbers around a centre for each class. */
export function filledBank(labels: Int32Array, dimension: number, seed: number): EmbeddingBank {
  const random = new Random(seed);
  const centres = new Map(
    [...new Set(labels)].map((label) => [label, Array.from({ length: dimension }, () => random.normal())]),
  );
  const bank = new EmbeddingBank(labels.length, dimension);
  const rows = Float32Array.from(
    [...labels].flatMap((label) => centres.get(label)!.map((x) => x + 0.3 * random.normal())),
  );
  bank.update(Int32Array.from(labels.keys()), rows);
  return bank;
}

/** The next `count` batches. */
export function take(sampler: Sampler, count: number): Int32Array[] {
  return Array.from({ length: count }, () => sampler.next());
}

/** How often each value occurs. */
export function countsOf(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** How far the most and the least frequent of `all` are apart. */
export function spread(values: Iterable<number>, all: Iterable<number>): number {
  const counts = countsOf(values);
  const list = [...all].map((value) => counts.get(value) ?? 0);
  return Math.max(...list) - Math.min(...list);
}

/** Splits a batch into runs of `size`. */
export function runsOf(batch: Int32Array, size: number): Int32Array[] {
  return Array.from({ length: batch.length / size }, (_, i) => batch.subarray(i * size, (i + 1) * size));
}
