import { expect, it } from "vitest";
import { instance } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("instance", {
  options: { scale: 4 },
  oracle: ({ query }) =>
    average(query.map((q) => Math.log(total(query.map((other) => Math.exp(4 * cosineOf(q, other))))) - 4)),
});

const unitVectors = [0, 1, 2, 3].map((c) => [0, 1, 2, 3].map((i) => Number(i === c)));

it("of orthogonal samples is log(1 + 3 exp(-scale)), whatever their classes", async () => {
  const expected = Math.log(1 + 3 * Math.exp(-1));
  expect(await lossOf(instance({ scale: 1 }), unitVectors, [0, 1, 2, 3])).toBeCloseTo(expected, 12);
  expect(await lossOf(instance({ scale: 1 }), unitVectors, [0, 0, 1, 1])).toBeCloseTo(expected, 12);
});

it("takes the positives of separate keys as targets", async () => {
  const options = { keys: [...unitVectors].reverse(), keyLabels: [3, 2, 1, 0] };
  const value = await lossOf(instance({ scale: 1 }), unitVectors, [0, 1, 2, 3], options);
  expect(value).toBeCloseTo(Math.log(1 + 3 * Math.exp(-1)), 12);
});
