import { expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import { parseConfig } from "../../src/train/index.js";
import type { PreparedData } from "../../src/train/parts.js";
import { createSampling } from "../../src/train/sampling.js";

function data(classes: number, each: number): PreparedData {
  const trainLabels = Int32Array.from({ length: classes * each }, (_, i) => Math.floor(i / each));
  const train = Int32Array.from(trainLabels.keys());
  const items = Array.from(trainLabels, (label, i) => ({ name: `${i}`, label: `${label}` }));
  return { trainLabels, parts: { train }, dataset: { items } } as unknown as PreparedData;
}

test.each([
  ["many classes of many items", 50, 20, 96, 4],
  ["three drawings of everything", 900, 3, 96, 3],
  ["pairs", 900, 2, 96, 2],
  ["few classes", 4, 100, 96, 24],
])("without a sampler: %s", (_, classes, each, batchSize, expected) => {
  const { sampler } = createSampling(parseConfig({ batchSize }), data(classes, each), 8, new Random(1));
  expect(sampler.positivesPerQuery).toBe(expected - 1);
  expect(sampler.next()).toHaveLength(batchSize);
});

test("a bank is kept only for samplers that look at embeddings", () => {
  expect(createSampling(parseConfig({}), data(50, 20), 8, new Random(1)).bank).toBeUndefined();
  const sampling = createSampling(
    parseConfig({ sampler: "greedy-coreset", batchSize: 8 }),
    data(50, 20),
    8,
    new Random(1),
  );
  expect(sampling.bank?.items).toBe(1000);
  expect(Object.keys(sampling.parameters)).toEqual(["vectors", "known"]);
});
