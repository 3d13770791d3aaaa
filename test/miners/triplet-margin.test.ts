import { minerLaws } from "../laws/miner.js";
import { unitDistance } from "../oracles/vectors.js";

const kinds = {
  all: (x: number) => x <= 0.2,
  hard: (x: number) => x <= 0,
  "semi-hard": (x: number) => x > 0 && x <= 0.2,
  easy: (x: number) => x > 0.2,
};

for (const [triplets, keep] of Object.entries(kinds)) {
  minerLaws("triplet-margin", {
    options: { triplets },
    oracle: ({ query, positives, negatives }) => {
      const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!);
      const chosen = query.flatMap((_, a) =>
        positives(a).flatMap((p) => negatives(a).flatMap((n) => (keep(d(a, n) - d(a, p)) ? [[a, p, n] as const] : []))),
      );
      const pairs = (column: 1 | 2) =>
        [...new Set(chosen.map((triplet) => `${triplet[0]},${triplet[column]}`))].map(
          (text) => text.split(",").map(Number) as [number, number],
        );
      return { triplets: chosen, positive: pairs(1), negative: pairs(2) };
    },
  });
}
