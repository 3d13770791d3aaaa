import { expect, it } from "vitest";
import { semiHard } from "../../src/miners/index.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { unitDistance } from "../oracles/vectors.js";

for (const margin of [undefined, 0.2]) {
  for (const fallback of ["drop", "farthest"] as const) {
    minerLaws("semi-hard", {
      options: { margin, fallback },
      oracle: ({ query, positives, negatives }) => ({
        triplets: query.flatMap((q, a) => {
          const d = (i: number) => unitDistance(q, query[i]!) ** 2;
          const sorted = negatives(a).sort((i, j) => d(i) - d(j));
          return positives(a).flatMap((p): [number, number, number][] => {
            const suitable = sorted.find((n) => d(n) > d(p) && d(n) < d(p) + (margin ?? Number.POSITIVE_INFINITY));
            const n = suitable ?? (fallback === "farthest" ? sorted.at(-1) : undefined);
            return n === undefined ? [] : [[a, p, n]];
          });
        }),
      }),
    });
  }
}
minerLaws("semi-hard", { options: { fallback: "random" }, random: "the substitute is drawn" });

const rows = [
  [1, 0],
  [-1, 0],
  [0.9, 0.1],
  [0, 1],
  [0.8, -0.3],
];

it("draws a substitute among all negatives where none is semi-hard, and is the same without a bound", async () => {
  const labels = [0, 0, 1, 1, 1];
  const found = new Set<number>();
  for (const positivesPerQuery of [2, 5]) {
    const runs = await mine(semiHard({ fallback: "random" }), rows, labels, { positivesPerQuery, runs: 20 });
    for (const { triplets } of runs) {
      // Sample 1 is farthest from sample 0 of all.
      for (const [a, p, n] of triplets) if (a === 0 && p === 1) found.add(n!);
      expect(triplets.filter(([a]) => a === 0).length).toBe(1);
    }
  }
  expect([...found].sort()).toEqual([2, 3, 4]);
});
