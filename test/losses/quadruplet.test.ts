import { expect, it } from "vitest";
import { quadruplet } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { averageAbove0, unitDistance } from "../oracles/vectors.js";

lossLaws("quadruplet", {
  options: { secondMargin: 0.9 },
  oracle: ({ query, labels, positives, negatives }) => {
    const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!) ** 2;
    const triplets = query.flatMap((_, a) =>
      positives(a).flatMap((p) => negatives(a).map((n) => Math.max(d(a, p) - d(a, n) + 0.2, 0))),
    );
    const nearest = (a: number) =>
      Math.min(
        ...negatives(a).flatMap((n) =>
          negatives(a)
            .filter((m) => labels[m] !== labels[n])
            .map((m) => d(n, m)),
        ),
      );
    const pairs = query.flatMap((_, a) => positives(a).map((p) => Math.max(d(a, p) - nearest(a) + 0.9, 0)));
    return averageAbove0(triplets) + averageAbove0(pairs);
  },
});

it("says that separate keys do not tell which are negatives of each other", async () => {
  const options = { keys: [[1, 0]], keyLabels: [0] };
  await expect(lossOf(quadruplet(), [[1, 1]], [0], options)).rejects.toThrow(/secondNegative/);
});
