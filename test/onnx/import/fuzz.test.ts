import { expect, test } from "vitest";
import { onnxTarget } from "../../../scripts/fuzz/onnx.js";
import { fuzz } from "../../../scripts/fuzz/target.js";
import { Random } from "../../../src/rng/index.js";

test("damaged models and noise give clear errors or a graph, nothing else", async () => {
  const result = await fuzz(onnxTarget, 600, new Random(3));
  expect(result.crashes.map(({ error }) => error)).toEqual([]);
  // Both outcomes occur, or the inputs would say nothing.
  expect(result.accepted).toBeGreaterThan(10);
  expect(Object.keys(result.refused).length).toBeGreaterThan(3);
});
