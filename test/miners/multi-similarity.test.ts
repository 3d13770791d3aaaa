import { minerLaws } from "../laws/miner.js";
import { cosineOf } from "../oracles/vectors.js";

minerLaws("multi-similarity", {
  options: { epsilon: 0.2 },
  oracle: ({ query, positives, negatives }) => {
    const s = (i: number, j: number) => cosineOf(query[i]!, query[j]!);
    const pairs = (keep: (a: number) => number[]) => query.flatMap((_, a) => keep(a).map((j) => [a, j] as const));
    return {
      positive: pairs((a) => positives(a).filter((p) => negatives(a).some((n) => s(a, p) - 0.2 < s(a, n)))),
      negative: pairs((a) => negatives(a).filter((n) => positives(a).some((p) => s(a, n) + 0.2 > s(a, p)))),
    };
  },
});
