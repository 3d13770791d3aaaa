import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { reachableNodes, Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { evaluate, rules } from "../oracles/evaluate.js";
import { difference, projection, runTogether, trace } from "./check.js";
import { rows } from "./rows.js";
import { batchOf, type Row, type Sample } from "./sample.js";

const defaults = { float32: 1e-5, float64: 1e-11 };

async function checkValues(samples: readonly Sample[], float: "float32" | "float64", row: Row): Promise<void> {
  const graphs = samples.map((sample, i) => trace(sample, float, `${i}`));
  const results = await runTogether(graphs);
  graphs.forEach((graph, i) => {
    const expected = evaluate(graph.outputs, graph.feeds);
    graph.outputs.forEach((_, j) => {
      const wrong = difference(results[i]![j]!, expected[j]!, row.tolerance?.[float] ?? defaults[float]);
      expect(wrong, `${float} ${graph.label}`).toBeUndefined();
    });
  });
}

describe("ONNX Runtime computes what the reference interpreter computes", () => {
  for (const [name, row] of Object.entries(rows)) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(
          batchOf(row, false, 20),
          fc.constantFrom("float32" as const, "float64" as const),
          (cases, float) => checkValues(cases, float, row),
        ),
        { numRuns: 6, seed: 12 },
      );
    });
  }
});

test("every function of src/ops has a row, and every row is a function", () => {
  const functions = Object.entries(ops).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  expect(Object.keys(rows).sort()).toEqual(functions.sort());
});

test("every method of Tensor is a function of src/ops", () => {
  const methods = Object.getOwnPropertyNames(Tensor.prototype).filter(
    (name) => !["constructor", "rank", "toString"].includes(name),
  );
  expect(methods.filter((name) => !(name in ops))).toEqual([]);
});

test("the oracle has no rule that no row reaches", () => {
  const seen = new Set<string>();
  for (const row of Object.values(rows)) {
    for (const sample of fc.sample(row.sample(false), { numRuns: 30, seed: 1 })) {
      const { inputs, outputs } = trace(sample, "float32", "x");
      const scalar = projection(outputs, "float32");
      const gradients = scalar
        ? grad(
            scalar,
            inputs.filter((tensor) => tensor.dtype === "float32"),
          )
        : [];
      for (const node of reachableNodes([...outputs, ...gradients])) seen.add(node.op.name);
    }
  }
  // Sizes known only at run time have tests of their own.
  expect(Object.keys(rules).filter((name) => !seen.has(name) && name !== "size")).toEqual([]);
});
