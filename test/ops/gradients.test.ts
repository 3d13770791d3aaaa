import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import type { DType } from "../../src/graph/index.js";
import { evaluate } from "../oracles/evaluate.js";
import { centralDifferences, difference, projection, runTogether, type Traced, trace } from "./check.js";
import { rows } from "./rows.js";
import { batchOf, type Row, type Sample } from "./sample.js";

/** The graph of a sample's gradients by its float inputs, or undefined where it has no float output. */
function gradientGraph(sample: Sample, float: DType, name: string): Traced | undefined {
  const traced = trace(sample, float, name);
  const scalar = projection(traced.outputs, float);
  if (scalar === undefined) return undefined;
  return {
    ...traced,
    outputs: grad(
      scalar,
      traced.inputs.filter((tensor) => tensor.dtype === float),
    ),
  };
}

function checkAgainstDifferences(sample: Sample, row: Row): void {
  const { inputs, outputs, feeds, label } = trace(sample, "float64", "x");
  const scalar = projection(outputs, "float64");
  if (scalar === undefined) return;
  const sources = inputs.filter((tensor) => tensor.dtype === "float64");
  const gradients = evaluate(grad(scalar, sources), feeds);
  sources.forEach((source, i) => {
    const { shape, data } = gradients[i]!;
    const actual = { shape, data: Float64Array.from(data) };
    const expected = row.stopsGradient ? { shape, data: data.map(() => 0) } : centralDifferences(scalar, source, feeds);
    expect(difference(actual, expected, 1e-6), `input ${i} of ${label}`).toBeUndefined();
  });
}

async function checkOnRuntime(samples: readonly Sample[]): Promise<void> {
  const graphs = samples.flatMap((sample, i) => gradientGraph(sample, "float32", `${i}`) ?? []);
  const precise = samples.flatMap((sample) => gradientGraph(sample, "float64", "x") ?? []);
  const results = await runTogether(graphs);
  precise.forEach((graph, i) => {
    const expected = evaluate(graph.outputs, graph.feeds);
    graph.outputs.forEach((_, j) => {
      expect(difference(results[i]![j]!, expected[j]!, 1e-4), `input ${j} of ${graph.label}`).toBeUndefined();
    });
  });
}

describe("gradients agree with central differences, and ONNX Runtime with both", () => {
  for (const [name, row] of Object.entries(rows)) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(batchOf(row, true, 14), async (cases) => {
          for (const sample of cases) checkAgainstDifferences(sample, row);
          await checkOnRuntime(cases);
        }),
        { numRuns: 4, seed: 11 },
      );
    });
  }
});
