import type { Random } from "../../rng/index.js";
import type { Item } from "../dataset.js";
import { invalidPairs, type NamedPair } from "./pair-file.js";

/** Pairs of items by position; all arrays are of one length, a pair an index. */
export interface ItemPairs {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** 1 for alike, 0 for unlike. */
  readonly same: Uint8Array;
}

/**
 * Which scores mean alike: those of at least `threshold`. Default: 1 of 0 and 1, 1 of -1 and 1, else the middle between
 * the lowest and the highest; one value alone means that all pairs are alike.
 */
export function alikeScores(scores: readonly number[], threshold?: number): Uint8Array {
  const [low, high] = scores.reduce(([a, b], score) => [Math.min(a, score), Math.max(b, score)], [Infinity, -Infinity]);
  const limit = threshold ?? (low === high ? (low > 0 ? low : Infinity) : (low + high) / 2);
  return Uint8Array.from(scores, (score) => (score >= limit ? 1 : 0));
}

/**
 * Pairs by the positions of their items. A name is that of an item; where items have no names of their own (`row 1`, ...),
 * also the position of a row, from 0. Errors: `invalid-pairs` for names that no item or several have, and for an item
 * paired with itself.
 */
export function pairsByPosition(
  pairs: readonly NamedPair[],
  items: readonly Item[],
  where: string,
  threshold?: number,
): ItemPairs {
  const positions = new Map<string, number>();
  const several = new Set<string>();
  for (const [at, { name }] of items.entries()) {
    if (positions.has(name)) several.add(name);
    positions.set(name, at);
  }
  const numbered = items.every(({ name }, at) => name === `row ${at + 1}`);
  const positionOf = (name: string): number => {
    const at = positions.get(name) ?? (numbered && /^\d+$/.test(name) ? Number(name) : undefined);
    if (at === undefined || at >= items.length) throw unknownItem(where, name, items, numbered);
    if (several.has(name))
      throw invalidPairs(where, `one item called ${name}`, "several", "give each item its own name");
    return at;
  };
  const first = Int32Array.from(pairs, (pair) => positionOf(pair.first));
  const second = Int32Array.from(pairs, (pair) => positionOf(pair.second));
  const self = first.findIndex((at, pair) => at === second[pair]);
  if (self >= 0) throw invalidPairs(where, "pairs of two items", `${pairs[self]!.first} with itself`, "leave it out");
  const scores = pairs.map(({ score }) => score);
  return { first, second, same: alikeScores(scores, threshold) };
}

function unknownItem(where: string, name: string, items: readonly Item[], numbered: boolean) {
  const expected = numbered
    ? `rows from 0 to ${items.length - 1} (the vectors have no names)`
    : `names of items, such as ${items[0]?.name ?? "none"}`;
  const remedy = "use the names that the vectors have (column id or name), or leave the pair out";
  return invalidPairs(where, expected, name, remedy);
}

/** The pairs at `chosen`. */
export function selectPairs({ first, second, same }: ItemPairs, chosen: readonly number[]): ItemPairs {
  const pick = (values: Int32Array) => Int32Array.from(chosen, (pair) => values[pair]!);
  return { first: pick(first), second: pick(second), same: Uint8Array.from(chosen, (pair) => same[pair]!) };
}

/**
 * Pairs that have none of unlike items, and as many drawn at random: two of `items` that alike pairs do not connect (`group`
 * differs), none twice. Others are given back as they are; so are those whose items are all of one group.
 */
export function withUnlike(pairs: ItemPairs, items: Int32Array, group: Int32Array, random: Random): ItemPairs {
  if (pairs.same.includes(0)) return pairs;
  const drawn = new Set<number>();
  const key = (a: number, b: number) => Math.min(a, b) * group.length + Math.max(a, b);
  for (let attempt = 0; attempt < 10 * pairs.first.length && drawn.size < pairs.first.length; attempt++) {
    const [a, b] = [items[random.integer(items.length)]!, items[random.integer(items.length)]!];
    if (group[a] !== group[b]) drawn.add(key(a, b));
  }
  const unlike = [...drawn];
  return {
    first: Int32Array.of(...pairs.first, ...unlike.map((pair) => Math.floor(pair / group.length))),
    second: Int32Array.of(...pairs.second, ...unlike.map((pair) => pair % group.length)),
    same: Uint8Array.of(...pairs.same, ...unlike.map(() => 0)),
  };
}
