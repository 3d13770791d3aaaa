import { expect, it } from "vitest";
import { input, type Parameter } from "../../src/graph/index.js";
import { center, lossValue } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { lossLaws } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { average, dotProduct } from "../oracles/vectors.js";

// The centres start at 0.
lossLaws("center", {
  options: { weight: 0.4 },
  oracle: (batch) =>
    crossEntropyOf(batch, (q) => batch.parameters.weight!.map((w) => dotProduct(q, w))) +
    0.2 * average(batch.query.map((q) => dotProduct(q, q))),
});
lossLaws("center", {
  options: { softmax: false },
  oracle: ({ query }) => 0.0015 * average(query.map((q) => dotProduct(q, q))),
});

it("moves the centres of the classes in the batch towards their samples", async () => {
  const loss = center({ classes: 3, dimension: 2, softmax: false, weight: 2, dtype: "float64" });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const centers = loss.parameters.centers as Parameter;
  variables.assign(centers, Float64Array.of(1, 1, 0, 0, 5, 5));
  const [query, labels] = [input("query", "float64", [3, 2]), input("labels", "int64", [3])];
  const { value, updates } = lossValue(loss, { ...classRelation(labels, { dtype: "float64" }), query, key: query });
  const program = await compileGraph({ outputs: { value }, updates: updates! }, { variables, threads: 1 });
  const fed = { query: Float64Array.of(2, 1, 4, 1, 0, 3), labels: BigInt64Array.of(0n, 0n, 1n) };
  const result = await program.run(fed);
  await program.release();
  expect(result.value!.data[0]).toBeCloseTo((1 + 9 + 9) / 3, 12);
  // Class 0: (1 + 3, 0) / (1 + 2) times one half; class 1: (0, 3) / (1 + 1) times one half; class 2 stays.
  const moved = [1 + 2 / 3, 1, 0, 0.75, 5, 5];
  Array.from(variables.value(centers) as Float64Array).forEach((x, i) => {
    expect(x).toBeCloseTo(moved[i]!, 12);
  });
});
