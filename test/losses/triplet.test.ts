import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { averageAbove0, unitDistance } from "../oracles/vectors.js";

function tripletOracle(
  { query, positives, negatives }: OracleBatch,
  value: (ap: number, an: number, pn: number) => number,
): number {
  const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!) ** 2;
  return averageAbove0(
    query.flatMap((_, a) => positives(a).flatMap((p) => negatives(a).map((n) => value(d(a, p), d(a, n), d(p, n))))),
  );
}

const hinge = (x: number) => Math.max(x, 0);

lossLaws("triplet", { oracle: (batch) => tripletOracle(batch, (ap, an) => hinge(ap - an + 0.2)) });
lossLaws("triplet", {
  options: { triplets: "hard" },
  oracle: (batch) => tripletOracle(batch, (ap, an) => (an <= ap ? hinge(ap - an + 0.2) : 0)),
});
lossLaws("triplet", {
  options: { triplets: "semi-hard", margin: 0.6 },
  oracle: (batch) => tripletOracle(batch, (ap, an) => (an > ap ? hinge(ap - an + 0.6) : 0)),
});
lossLaws("triplet", {
  options: { triplets: "easy", smooth: true },
  oracle: (batch) => tripletOracle(batch, (ap, an) => (an > ap + 0.2 ? Math.log(1 + Math.exp(ap - an + 0.2)) : 0)),
});
lossLaws("triplet", {
  options: { swap: true },
  oracle: (batch) => tripletOracle(batch, (ap, an, pn) => hinge(ap - Math.min(an, pn) + 0.2)),
});
