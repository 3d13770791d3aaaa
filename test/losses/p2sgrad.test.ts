import { expect, it } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, type Parameter } from "../../src/graph/index.js";
import { lossValue, p2sGrad } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

const squares = ({ query, labels, parameters: { weight } }: OracleBatch) =>
  query.map((q, i) => total(weight!.map((w, c) => (cosineOf(q, w) - Number(c === labels[i])) ** 2)));

lossLaws("p2sgrad", { oracle: (batch) => average(squares(batch)) / 2 });
lossLaws("p2sgrad", {
  options: { overClasses: "mean", tangent: false },
  oracle: (batch) => average(squares(batch)) / 5,
  detached: "the class vectors count as if they had been normalised before",
});

it("is 0 for a perfect embedding, and half for one that is orthogonal to every class", async () => {
  const loss = p2sGrad({ classes: 2, dimension: 3, dtype: "float64" });
  const parameters = new Map([[loss.classVectors as Parameter, [2, 0, 0, 0, 3, 0]]]);
  const value = (row: number[]) => lossOf(loss, [row], [0], { parameters });
  expect(await value([5, 0, 0])).toBeCloseTo(0, 12);
  expect(await value([0, 0, 1])).toBeCloseTo(0.5, 12);
});

it("has (cos theta - 1[own]) times the gradient of each cosine as gradient", async () => {
  const loss = p2sGrad({ classes: 2, dimension: 2, dtype: "float64" });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  variables.assign(loss.classVectors as Parameter, Float64Array.of(1, 0, 0, 1));
  const query = input("query", "float64", [1, 2]);
  const labels = input("labels", "int64", [1]);
  const { value } = lossValue(loss, { query, key: query, ...classRelation(labels, { dtype: "float64" }) });
  const [gradient] = grad(value, [query]);
  const program = await compileGraph({ outputs: { gradient: gradient! } }, { variables, threads: 1 });
  const result = await program.run({ query: Float64Array.of(0.6, 0.8), labels: BigInt64Array.of(0n) });
  await program.release();
  // d cos_c / d x = w_c - cos_c x for unit vectors.
  const towards0 = [1 - 0.36, -0.48];
  const towards1 = [-0.48, 1 - 0.64];
  const expected = [0, 1].map((i) => (0.6 - 1) * towards0[i]! + 0.8 * towards1[i]!);
  Array.from(result.gradient!.data as Float64Array).forEach((x, i) => {
    expect(x).toBeCloseTo(expected[i]!, 10);
  });
});
