import { minerLaws } from "../laws/miner.js";
import { cosineOf, unitDistance } from "../oracles/vectors.js";

minerLaws("pair-margin", {
  options: { positiveMargin: 1.1, negativeMargin: 1.3 },
  oracle: ({ query, positives, negatives }) => ({
    positive: query.flatMap((q, a) =>
      positives(a).flatMap((p) => (unitDistance(q, query[p]!) > 1.1 ? [[a, p] as const] : [])),
    ),
    negative: query.flatMap((q, a) =>
      negatives(a).flatMap((n) => (unitDistance(q, query[n]!) < 1.3 ? [[a, n] as const] : [])),
    ),
  }),
});

minerLaws("pair-margin", {
  options: { positiveMargin: 0.4, negativeMargin: 0.2, distance: "cosine" },
  oracle: ({ query, positives, negatives }) => ({
    positive: query.flatMap((q, a) =>
      positives(a).flatMap((p) => (cosineOf(q, query[p]!) < 0.4 ? [[a, p] as const] : [])),
    ),
    negative: query.flatMap((q, a) =>
      negatives(a).flatMap((n) => (cosineOf(q, query[n]!) > 0.2 ? [[a, n] as const] : [])),
    ),
  }),
});
