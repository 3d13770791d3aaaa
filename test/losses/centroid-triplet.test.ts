import { expect, it } from "vitest";
import { centroidTriplet } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, averageAbove0, total } from "../oracles/vectors.js";

const squared = (a: readonly number[], b: readonly number[]) => total(a.map((x, i) => (x - b[i]!) ** 2));
const middle = (rows: (readonly number[])[]) => rows[0]!.map((_, i) => average(rows.map((row) => row[i]!)));

lossLaws("centroid-triplet", {
  oracle: ({ query, labels, positives }) =>
    averageAbove0(
      query.flatMap((q, i) => {
        if (positives(i).length === 0) return [];
        const near = squared(q, middle(positives(i).map((j) => query[j]!)));
        const others = [...new Set(labels)].filter((label) => label !== labels[i]);
        const far = others.map((c) => squared(q, middle(query.filter((_, j) => labels[j] === c))));
        return far.map((d) => Math.max(near - d + 0.5, 0));
      }),
    ),
});

it("of pairs is a triplet loss against the other classes' means", async () => {
  const points = [
    [0, 0],
    [1, 0],
    [0.5, 1],
    [0.5, 2],
  ];
  const value = await lossOf(centroidTriplet({ margin: 3 }), points, [0, 0, 1, 1]);
  // The last point is just as far as the margin asks for.
  expect(value).toBeCloseTo(average([1 - 2.5 + 3, 1 - 2.5 + 3, 1 - 1 + 3]), 12);
});
