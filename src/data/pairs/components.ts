import type { Random } from "../../rng/index.js";
import type { ItemPairs } from "./item-pairs.js";

/** Trees of items that pairs connect: union by size, with the paths halved. */
class Forest {
  private readonly parent: Int32Array;

  constructor(count: number) {
    this.parent = Int32Array.from({ length: count }, (_, item) => item);
  }

  root(item: number): number {
    let at = item;
    while (this.parent[at] !== at) {
      this.parent[at] = this.parent[this.parent[at]!]!;
      at = this.parent[at]!;
    }
    return at;
  }

  /** The smaller root stays, so that the result does not depend on the order of pairs. */
  join(a: number, b: number): void {
    const [low, high] = [this.root(a), this.root(b)].sort((x, y) => x - y) as [number, number];
    this.parent[high] = low;
  }
}

/** For each of `count` items the lowest item that pairs connect it to; `alikeOnly` follows only the alike ones. */
export function connectedItems(count: number, { first, second, same }: ItemPairs, alikeOnly: boolean): Int32Array {
  const forest = new Forest(count);
  for (const [pair, item] of first.entries()) if (!alikeOnly || same[pair]) forest.join(item, second[pair]!);
  return Int32Array.from({ length: count }, (_, item) => forest.root(item));
}

/**
 * Divides items into parts that share no connected group: part `i` gets about `fractions[i]` of the pairs, in whole
 * groups, the largest first. Groups are those that all pairs make; when one of these holds more than half of the pairs
 * (pairs of unlike items often connect everything), those that alike pairs make: pairs across parts then belong to none.
 * Gives the part of each item that is in a pair, and -1 for the others.
 */
export function splitConnected(
  count: number,
  pairs: ItemPairs,
  fractions: readonly number[],
  random: Random,
): Int32Array {
  const whole = groupSizes(count, pairs, false);
  const largest = Math.max(0, ...whole.sizes.values());
  const { group, sizes } = largest * 2 > pairs.first.length ? groupSizes(count, pairs, true) : whole;
  const groups = random.shuffle([...sizes.keys()]).sort((a, b) => sizes.get(b)! - sizes.get(a)!);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const missing = fractions.map((fraction) => fraction * total);
  const partOf = new Map<number, number>();
  for (const chosen of groups) {
    const part = missing.indexOf(Math.max(...missing));
    missing[part]! -= sizes.get(chosen)!;
    partOf.set(chosen, part);
  }
  return group.map((root) => partOf.get(root) ?? -1);
}

/** The group of each item, and how many ends of pairs lie in each group. */
function groupSizes(count: number, pairs: ItemPairs, alikeOnly: boolean) {
  const group = connectedItems(count, pairs, alikeOnly);
  const sizes = new Map<number, number>();
  for (const ends of [pairs.first, pairs.second]) {
    for (const item of ends) sizes.set(group[item]!, (sizes.get(group[item]!) ?? 0) + 0.5);
  }
  return { group, sizes };
}
