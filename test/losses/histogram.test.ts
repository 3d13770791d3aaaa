import { expect, it } from "vitest";
import { histogram } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { cosineOf, total } from "../oracles/vectors.js";

lossLaws("histogram", {
  options: { bins: 12 },
  oracle: ({ query, positives, negatives }) => {
    const nodes = Array.from({ length: 13 }, (_, r) => -1 + r / 6);
    const density = (of: (i: number) => number[]) => {
      const s = query.flatMap((q, i) => of(i).map((j) => cosineOf(q, query[j]!)));
      return nodes.map((node) => total(s.map((x) => Math.max(1 - Math.abs(x - node) * 6, 0))) / s.length);
    };
    const [own, others] = [density(positives), density(negatives)];
    return total(others.map((h, r) => h * total(own.slice(0, r + 1))));
  },
});

it("is 0 for a perfect and almost 1 for a reversed order", async () => {
  const points = [
    [1, 0],
    [1, 0],
    [-1, 0],
    [-1, 0],
  ];
  expect(await lossOf(histogram(), points, [0, 0, 1, 1])).toBeCloseTo(0, 12);
  const reversed = await lossOf(histogram(), points, [0, 1, 0, 1]);
  expect(reversed).toBeGreaterThan(0.7);
  const worst = [
    [1, 0],
    [1, 0.01],
    [-1, 0],
  ];
  expect(await lossOf(histogram(), worst, [0, 1, 0])).toBeCloseTo(1, 12);
});
