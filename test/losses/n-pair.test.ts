import { expect, it } from "vitest";
import { nPair } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, dotProduct, total } from "../oracles/vectors.js";

lossLaws("n-pair", {
  ordered: "takes the first pair of each class",
  oracle: ({ query, labels, positives }) => {
    const first = labels.flatMap((label, i) => (labels.indexOf(label) === i && positives(i).length > 0 ? [i] : []));
    const pairs = first.map((i) => [query[i]!, query[positives(i)[0]!]!] as const);
    return average(
      pairs.map(([a, p]) => {
        const others = total(pairs.map(([, y]) => Math.exp(dotProduct(a, y) - dotProduct(a, p))));
        return Math.log(others) + 0.01 * (dotProduct(a, a) + dotProduct(p, p));
      }),
    );
  },
});

it("of two orthogonal classes is log(1 + exp(-1)) and the lengths", async () => {
  const points = [
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ];
  expect(await lossOf(nPair({ lengthWeight: 0 }), points, [0, 0, 1, 1])).toBeCloseTo(Math.log(1 + Math.exp(-1)), 12);
  expect(await lossOf(nPair(), points, [0, 0, 1, 1])).toBeCloseTo(Math.log(1 + Math.exp(-1)) + 0.02, 12);
});
