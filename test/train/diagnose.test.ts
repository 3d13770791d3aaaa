import { expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import {
  diagnoseCollapse,
  diagnoseLoss,
  diagnosePlateau,
  diagnoseUnseen,
  embeddingVariance,
} from "../../src/train/index.js";

test("variance of rows", () => {
  expect(embeddingVariance(Float32Array.of(1, 5, 3, 5), 2)).toBeCloseTo(0.5);
});

test("collapse is told from spread", () => {
  const random = new Random(1);
  const spread = Float32Array.from({ length: 640 }, () => random.normal());
  expect(diagnoseCollapse(spread, 10)).toBeUndefined();
  const collapsed = Float32Array.from({ length: 640 }, (_, i) => 1 + (i % 10) + 1e-3 * random.normal());
  expect(diagnoseCollapse(collapsed, 10)?.problem).toContain("collapsed");
  expect(diagnoseCollapse(new Float32Array(640), 10)?.problem).toContain("collapsed");
});

test("losses that are no number, or stand still", () => {
  expect(diagnoseLoss(0.3)).toBeUndefined();
  expect(diagnoseLoss(Number.NaN)?.remedy).toContain("learningRate");
  expect(diagnosePlateau(Array(49).fill(0.2))).toBeUndefined();
  expect(diagnosePlateau(Array(60).fill(0.2))?.problem).toContain("0.200000");
  expect(diagnosePlateau(Array(60).fill(0))?.remedy).toContain("nothing is left to learn");
  expect(diagnosePlateau(Array.from({ length: 60 }, (_, i) => 0.2 + i / 1000))).toBeUndefined();
});

test("classes never drawn are named", () => {
  expect(diagnoseUnseen(new Set([0, 2]), ["a", "b", "c"])?.problem).toBe(
    "1 of 3 training classes were never drawn (b)",
  );
  expect(diagnoseUnseen(new Set([0, 1, 2]), ["a", "b", "c"])).toBeUndefined();
});
