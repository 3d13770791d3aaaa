import { minerLaws } from "../laws/miner.js";
import { unitDistance } from "../oracles/vectors.js";

minerLaws("batch-hard", {
  oracle: ({ query, positives, negatives }) => ({
    triplets: query.flatMap((q, a): [number, number, number][] => {
      const far = (i: number) => unitDistance(q, query[i]!);
      const [p] = positives(a).sort((i, j) => far(j) - far(i));
      const [n] = negatives(a).sort((i, j) => far(i) - far(j));
      return p === undefined || n === undefined ? [] : [[a, p, n]];
    }),
  }),
});
