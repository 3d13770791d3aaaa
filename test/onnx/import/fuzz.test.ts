import { expect, test } from "vitest";
import { onnxTarget } from "../../../scripts/fuzz/onnx.js";
import { runTarget } from "../../../scripts/fuzz/run.js";

test("damaged models and noise give clear errors or a graph, nothing else", async () => {
  const { accepted, refused, findings } = await runTarget(onnxTarget, { inputs: 600, seed: 3 });
  expect(findings).toEqual([]);
  // Both outcomes occur, or the inputs would say nothing.
  expect(accepted).toBeGreaterThan(10);
  expect(Object.keys(refused).length).toBeGreaterThan(3);
});
