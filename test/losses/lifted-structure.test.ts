import { expect, it } from "vitest";
import { lp } from "../../src/distances/index.js";
import { liftedStructure } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, euclideanNorm, total, unitDistance } from "../oracles/vectors.js";

const distance = (a: readonly number[], b: readonly number[]) => euclideanNorm(a.map((x, i) => x - b[i]!));
const value = (positive: number, negatives: number[]) =>
  Math.max(Math.log(total(negatives.map((d) => Math.exp(1 - d)))) + positive, 0) ** 2 / 2;

lossLaws("lifted-structure", {
  oracle: ({ query, positives, negatives }) => {
    const d = (i: number, j: number) => distance(query[i]!, query[j]!);
    const from = (i: number) => negatives(i).map((n) => d(i, n));
    return average(query.flatMap((_, i) => positives(i).map((p) => value(d(i, p), [...from(i), ...from(p)]))));
  },
});

const pair = [
  [1, 0],
  [1, 0],
  [0, 1],
  [0, 1],
];

it("of two orthogonal classes of two equal points is 1/2 (log 4 + 1 - sqrt 2)^2", async () => {
  const expected = (Math.log(4) + 1 - Math.SQRT2) ** 2 / 2;
  expect(await lossOf(liftedStructure(), pair, [0, 0, 1, 1])).toBeCloseTo(expected, 12);
});

it("counts a separate key's own negatives, or those of the query in its row", async () => {
  const query = [
    [1, 0.2],
    [0.4, 1],
    [-1, 0.3],
  ];
  const keys = [
    [0.9, -0.1],
    [0.2, 0.8],
    [-0.7, -0.6],
  ];
  const labels = [0, 1, 1];
  const options = { keys, keyLabels: labels };
  const d = (i: number, j: number) => unitDistance(query[i]!, keys[j]!);
  const at = [0, 1, 2];
  const negatives = (i: number) => at.filter((n) => labels[n] !== labels[i]);
  const pairs = at.flatMap((i) => at.filter((p) => labels[p] === labels[i]).map((p) => [i, p] as const));
  const own = pairs.map(([i, p]) =>
    value(d(i, p), [...negatives(i).map((n) => d(i, n)), ...negatives(p).map((n) => d(n, p))]),
  );
  const sameRow = pairs.map(([i, p]) =>
    value(d(i, p), [...negatives(i).map((n) => d(i, n)), ...(i === p ? [] : negatives(p).map((n) => d(p, n)))]),
  );
  const settings = { distance: lp() };
  expect(await lossOf(liftedStructure(settings), query, labels, options)).toBeCloseTo(average(own), 12);
  const rows = liftedStructure({ ...settings, keyNegatives: "same-row" });
  expect(await lossOf(rows, query, labels, options)).toBeCloseTo(average(sameRow), 12);
});
