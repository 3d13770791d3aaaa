import { expect, it } from "vitest";
import { defineMiner, hardAwareCascade } from "../../src/miners/index.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { unitDistance } from "../oracles/vectors.js";

// Both directions of a pair are equally far: shares that keep an even number leave no tie.
for (const fraction of [0.36, 0.72, 1]) {
  minerLaws("hard-aware-cascade", {
    options: { fraction },
    oracle: ({ query, positives, negatives }) => {
      const hardest = (of: (i: number) => number[], sign: number) => {
        const pairs = query.flatMap((_, a) => of(a).map((i): [number, number] => [a, i]));
        const d = ([a, i]: [number, number]) => sign * unitDistance(query[a]!, query[i]!);
        return pairs.sort((x, y) => d(y) - d(x)).slice(0, Math.ceil(fraction * pairs.length));
      };
      return { positive: hardest(positives, 1), negative: hardest(negatives, -1) };
    },
  });
}

it("counts pairs as often as they occur, and cuts the last one", async () => {
  const rows = [
    [1, 0],
    [0, 1],
    [-1, 0.1],
    [0, -1],
  ];
  const weighted = defineMiner("weighted", (input) => {
    const relation = { ...input, positive: input.positive.mul(3) };
    return hardAwareCascade({ fraction: 0.5 }).mine(relation);
  });
  const [result] = await mine(weighted, rows, [0, 0, 0, 1]);
  // Six ordered pairs, three times each: nine are kept, the farthest pair (0, 2) first.
  expect(result!.positive.flat().reduce((a, b) => a + b)).toBe(9);
  expect(result!.positive[0]![2]).toBe(3);
  expect(result!.positive[2]![0]).toBe(3);
});
