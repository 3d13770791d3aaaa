import { expect, it } from "vitest";
import { vicReg } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, dotProduct, total } from "../oracles/vectors.js";

lossLaws("vicreg", {
  options: { covariance: 3, invariance: 5 },
  oracle: ({ query, positives }) => {
    const dimension = query[0]!.length;
    const columns = Array.from({ length: dimension }, (_, d) => {
      const column = query.map((row) => row[d]!);
      return column.map((x) => x - average(column));
    });
    const covariance = (i: number, j: number) => dotProduct(columns[i]!, columns[j]!) / (query.length - 1);
    const apart = query.flatMap((q, i) =>
      positives(i).length === 0
        ? []
        : [average(positives(i).map((j) => total(q.map((x, d) => (x - query[j]![d]!) ** 2)) / dimension))],
    );
    const hinge = average(columns.map((_, d) => Math.max(1 - Math.sqrt(covariance(d, d) + 1e-4), 0)));
    const others = columns.flatMap((_, i) => columns.map((__, j) => (i === j ? 0 : covariance(i, j) ** 2)));
    return 5 * average(apart) + 25 * hinge + (3 * 2 * total(others)) / dimension;
  },
});

it("of constant embeddings is the hinge alone", async () => {
  const points = [0, 1, 2, 3].map(() => [2, 3, 4]);
  expect(await lossOf(vicReg(), points, [0, 1, 2, 3], { keys: points, keyLabels: [0, 1, 2, 3] })).toBeCloseTo(
    24.75,
    12,
  );
});
