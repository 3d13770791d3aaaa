import { expect, it } from "vitest";
import { uniformHistogram } from "../../src/miners/index.js";
import { normalRows } from "../laws/evaluate.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { unitDistance } from "../oracles/vectors.js";

minerLaws("uniform-histogram", { random: "pairs are drawn" });

it("draws as many pairs from each bin in use, new ones each time", async () => {
  const rows = normalRows(10, 4, 3);
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2];
  const miner = uniformHistogram({ bins: 5, positivesPerBin: 7, negativesPerBin: 3 });
  const runs = await mine(miner, rows, labels, { runs: 3 });
  const check = (weights: number[][], same: boolean, each: number) => {
    const pairs = rows.flatMap((q, i) =>
      rows.flatMap((k, j) => (i !== j && (labels[i] === labels[j]) === same ? [{ i, j, d: unitDistance(q, k) }] : [])),
    );
    const [low, high] = [Math.min(...pairs.map(({ d }) => d)), Math.max(...pairs.map(({ d }) => d))];
    const drawn = new Array<number>(5).fill(0);
    const used = new Set<number>();
    for (const { i, j, d } of pairs) {
      const bin = Math.min(4, Math.floor((5 * (d - low)) / (high - low)));
      used.add(bin);
      drawn[bin]! += weights[i]![j]!;
    }
    expect(drawn).toEqual([0, 1, 2, 3, 4].map((bin) => (used.has(bin) ? each : 0)));
  };
  for (const { positive, negative } of runs) {
    check(positive, true, 7);
    check(negative, false, 3);
  }
  expect(runs[0]!.positive).not.toEqual(runs[1]!.positive);
});

it("puts pairs of one distance into one bin", async () => {
  const square = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ];
  const [result] = await mine(uniformHistogram({ bins: 4, positivesPerBin: 5 }), square, [0, 0, 1, 1]);
  expect(result!.positive.flat().reduce((a, b) => a + b)).toBe(5);
});
