import { SimileError } from "../errors/index.js";
import type { Random } from "../rng/index.js";

/** One fold of a cross-validation: item indices, ascending. */
export interface Fold {
  readonly train: Int32Array;
  readonly held: Int32Array;
}

/**
 * Divides items into parts that share no class, the zero-shot protocol of metric learning. Part `i` gets `fractions[i]`
 * of the classes, to within one class. `labels` [N] are the classes of the items; the parts are item indices, ascending.
 *
 * With `random` the classes are shuffled first. Without, they keep the order of their numbers, and fractions [0.5, 0.5]
 * are the field's default for CUB200, Cars196 and others: the first half of the classes trains, the second tests.
 *
 * Errors: `invalid-fractions`.
 */
export function splitByClass(labels: Int32Array, fractions: readonly number[], random?: Random): Int32Array[] {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  random?.shuffle(classes);
  const partOf = new Map<number, number>();
  let at = 0;
  apportion(classes.length, fractions).forEach((size, part) => {
    for (const end = at + size; at < end; at++) partOf.set(classes[at]!, part);
  });
  return partsOf(
    Array.from(labels, (label) => partOf.get(label)!),
    fractions.length,
  );
}

/**
 * Divides items into parts that each have the same mix of classes (stratified). Of every class, and of all items, part
 * `i` gets `fractions[i]` to within one item. `labels` [N]; the parts are item indices, ascending.
 * Errors: `invalid-fractions`.
 */
export function splitBySample(labels: Int32Array, fractions: readonly number[], random: Random): Int32Array[] {
  const partOf = new Array<number>(labels.length);
  const need = apportion(labels.length, fractions);
  const classes = random.shuffle([...itemsOfClasses(labels).values()]);
  const shares = classes.map((items) => fractions.map((fraction) => wholePart(items.length * fraction)));
  for (const share of shares) {
    for (const [part, count] of share.entries()) need[part]! -= count;
  }
  classes.forEach((items, index) => {
    const counts = shares[index]!;
    const left = items.length - counts.reduce((sum, count) => sum + count, 0);
    // Leftover items go, one a part, where most are still needed: by the theorem of Gale and Ryser this never gets stuck.
    const neediest = random.shuffle([...need.keys()]).sort((a, b) => need[b]! - need[a]!);
    for (const part of neediest.slice(0, left)) {
      counts[part]!++;
      need[part]!--;
    }
    const owners = counts.flatMap((count, part) => new Array<number>(count).fill(part));
    for (const [i, item] of random.shuffle(items).entries()) partOf[item] = owners[i]!;
  });
  return partsOf(partOf, fractions.length);
}

/** `count` folds whose held-out parts share no class and together are everything: see {@link splitByClass}. */
export function foldsByClass(labels: Int32Array, count: number, random?: Random): Fold[] {
  return folds(splitByClass(labels, equalFractions(count), random));
}

/** `count` stratified folds whose held-out parts together are everything: see {@link splitBySample}. */
export function foldsBySample(labels: Int32Array, count: number, random: Random): Fold[] {
  return folds(splitBySample(labels, equalFractions(count), random));
}

function folds(parts: readonly Int32Array[]): Fold[] {
  return parts.map((held) => ({
    held,
    train: Int32Array.from(parts.filter((part) => part !== held).flatMap((part) => [...part])).sort(),
  }));
}

function equalFractions(count: number): number[] {
  if (Number.isSafeInteger(count) && count >= 2) return new Array<number>(count).fill(1 / count);
  throw new SimileError({
    code: "invalid-folds",
    where: "folds",
    expected: "a whole number of folds from 2",
    received: String(count),
    remedy: "choose how many parts take turns in being held out, such as 4 or 5",
  });
}

/** Divides `total` by largest remainders (Hamilton's method): whole shares that add up, each within one of its fraction. */
function apportion(total: number, fractions: readonly number[]): number[] {
  checkFractions(fractions);
  const shares = fractions.map((fraction) => wholePart(total * fraction));
  const remainders = fractions.map((fraction, part) => total * fraction - shares[part]!);
  const order = [...remainders.keys()].sort((a, b) => remainders[b]! - remainders[a]! || a - b);
  const left = total - shares.reduce((sum, share) => sum + share, 0);
  for (const part of order.slice(0, left)) shares[part]!++;
  return shares;
}

/** Floor that forgives rounding: 10 x 0.3 counts as 3 whatever its last bit. */
function wholePart(value: number): number {
  return Math.floor(value + 1e-9);
}

function checkFractions(fractions: readonly number[]): void {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.every((fraction) => fraction >= 0) && Math.abs(sum - 1) < 1e-9) return;
  throw new SimileError({
    code: "invalid-fractions",
    where: "split",
    expected: "fractions from 0 that add up to 1",
    received: `[${fractions.join(", ")}]`,
    remedy: "give the share of each part, such as [0.7, 0.15, 0.15]",
  });
}

function itemsOfClasses(labels: Int32Array): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  labels.forEach((label, item) => {
    const items = classes.get(label);
    if (items) items.push(item);
    else classes.set(label, [item]);
  });
  return classes;
}

function partsOf(partOf: readonly number[], count: number): Int32Array[] {
  const parts = Array.from({ length: count }, (): number[] => []);
  partOf.forEach((part, item) => void parts[part]!.push(item));
  return parts.map((items) => Int32Array.from(items));
}
