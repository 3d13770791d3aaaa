import { expect, it } from "vitest";
import { SimileError } from "../../src/errors/index.js";
import { angularMiner } from "../../src/miners/index.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { euclideanNorm, unit } from "../oracles/vectors.js";

for (const [normalize, degrees] of [
  [false, 30],
  [true, 35],
] as const) {
  minerLaws("angular", {
    options: { normalize, angleRadians: (degrees * Math.PI) / 180 },
    oracle: ({ query, positives, negatives }) => {
      const rows = query.map((q) => (normalize ? unit(q) : q));
      const chosen = rows.flatMap((a, i) =>
        positives(i).flatMap((p) => {
          const centre = a.map((x, k) => (x + rows[p]![k]!) / 2);
          const base = euclideanNorm(a.map((x, k) => x - rows[p]![k]!));
          return negatives(i).flatMap((n): [number, number, number][] => {
            const height = euclideanNorm(centre.map((x, k) => x - rows[n]![k]!));
            return Math.atan(base / (2 * height)) > (degrees * Math.PI) / 180 ? [[i, p, n]] : [];
          });
        }),
      );
      const column = (k: 1 | 2) =>
        [...new Set(chosen.map((t) => `${t[0]},${t[k]}`))].map((x) => x.split(",").map(Number));
      return { triplets: chosen, positive: column(1) as [number, number][], negative: column(2) as [number, number][] };
    },
  });
}

it("asks for the number of positives where nothing bounds them", async () => {
  await expect(mine(angularMiner(), [[1, 0]], [0])).rejects.toThrow(SimileError);
});
