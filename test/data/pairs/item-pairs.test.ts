import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alikeScores,
  connectedItems,
  type ItemPairs,
  pairsByPosition,
  splitConnected,
  withUnlike,
} from "../../../src/data/pairs/index.js";
import { Random } from "../../../src/rng/index.js";

const itemsOf = (...names: string[]) => names.map((name) => ({ name, label: "" }));

function itemPairs(...triples: [number, number, number][]): ItemPairs {
  return {
    first: Int32Array.from(triples, ([a]) => a),
    second: Int32Array.from(triples, ([, b]) => b),
    same: Uint8Array.from(triples, ([, , same]) => same),
  };
}

describe("alikeScores", () => {
  test.each([
    [
      [0, 1, 0],
      [0, 1, 0],
    ],
    [
      [-1, 1],
      [0, 1],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [0, 0],
      [0, 0],
    ],
    [
      [0, 2.5, 5, 2.4],
      [0, 1, 1, 0],
    ],
  ])("%j means %j", (scores, alike) => {
    expect([...alikeScores(scores)]).toEqual(alike);
  });

  test("a threshold goes over it", () => {
    expect([...alikeScores([0, 3, 4], 3.5)]).toEqual([0, 0, 1]);
  });
});

describe("pairsByPosition", () => {
  test("finds names, and rows by number where they have none", () => {
    const pairs = [{ first: "b", second: "a", score: 1 }];
    expect(pairsByPosition(pairs, itemsOf("a", "b"), "p")).toEqual(itemPairs([1, 0, 1]));
    const numbered = [{ first: "0", second: "row 2", score: 0 }];
    expect(pairsByPosition(numbered, itemsOf("row 1", "row 2"), "p")).toEqual(itemPairs([0, 1, 0]));
  });

  test.each([
    ["an unknown name", "x", /such as a, received x/],
    ["a name of several", "c", /one item called c, received several/],
    ["an item with itself", "a", /a with itself/],
  ])("%s is an error", (_, second, message) => {
    const pairs = [{ first: "a", second, score: 1 }];
    expect(() => pairsByPosition(pairs, itemsOf("a", "b", "c", "c"), "p")).toThrow(message);
  });

  test("a number beyond the rows is an error", () => {
    const pairs = [{ first: "0", second: "2", score: 1 }];
    expect(() => pairsByPosition(pairs, itemsOf("row 1", "row 2"), "p")).toThrow(/rows from 0 to 1/);
  });
});

test("connectedItems follows pairs of either kind, or the alike ones alone", () => {
  const pairs = itemPairs([4, 1, 1], [1, 2, 1], [2, 3, 0]);
  expect([...connectedItems(6, pairs, false)]).toEqual([0, 1, 1, 1, 1, 5]);
  expect([...connectedItems(6, pairs, true)]).toEqual([0, 1, 1, 3, 1, 5]);
});

describe("splitConnected", () => {
  const count = 60;
  const someItem = fc.integer({ min: 0, max: count - 1 });
  const somePairs = fc.array(fc.tuple(someItem, someItem, fc.integer({ min: 0, max: 1 })), { minLength: 1 });

  test("never divides what alike pairs connect, and leaves out what is in no pair", () => {
    fc.assert(
      fc.property(somePairs, fc.integer(), (triples, seed) => {
        const pairs = itemPairs(...triples);
        const part = splitConnected(count, pairs, [0.5, 0.2, 0.3], new Random(seed));
        triples.forEach(([a, b, same]) => {
          if (same) expect(part[a]).toBe(part[b]);
          expect(part[a]).toBeGreaterThanOrEqual(0);
        });
        const used = new Set([...pairs.first, ...pairs.second]);
        part.forEach((value, item) => void expect(value >= 0).toBe(used.has(item)));
      }),
    );
  });

  test("divides no pair at all while groups are small, and gives each part its share", () => {
    const pairs = itemPairs(
      ...Array.from({ length: 30 }, (_, i): [number, number, number] => [2 * i, 2 * i + 1, i % 2]),
    );
    const part = splitConnected(count, pairs, [0.5, 0.2, 0.3], new Random(1));
    pairs.first.forEach((item, pair) => void expect(part[item]).toBe(part[pairs.second[pair]!]));
    expect([0, 1, 2].map((wanted) => part.filter((value) => value === wanted).length)).toEqual([30, 12, 18]);
  });

  test("unlike pairs that connect everything do not keep it together", () => {
    const alike = Array.from({ length: 30 }, (_, i): [number, number, number] => [2 * i, 2 * i + 1, 1]);
    const chain = Array.from({ length: 29 }, (_, i): [number, number, number] => [2 * i, 2 * i + 2, 0]);
    const part = splitConnected(count, itemPairs(...alike, ...chain), [0.5, 0.5], new Random(1));
    expect(new Set(part)).toEqual(new Set([0, 1]));
  });
});

test("withUnlike draws as many pairs across groups as there are alike ones, and only where there are none", () => {
  const pairs = itemPairs([0, 1, 1], [2, 3, 1], [4, 5, 1]);
  const group = Int32Array.of(0, 0, 2, 2, 4, 4);
  const all = withUnlike(pairs, Int32Array.of(0, 1, 2, 3, 4, 5), group, new Random(1));
  expect([...all.same]).toEqual([1, 1, 1, 0, 0, 0]);
  for (const pair of [3, 4, 5]) expect(group[all.first[pair]!]).not.toBe(group[all.second[pair]!]);
  const both = itemPairs([0, 1, 1], [2, 4, 0]);
  expect(withUnlike(both, Int32Array.of(0, 1, 2, 4), group, new Random(1))).toBe(both);
  expect(withUnlike(itemPairs([0, 1, 1]), Int32Array.of(0, 1), group, new Random(1)).same).toEqual(Uint8Array.of(1));
});
