import { expect, it } from "vitest";
import { arcFace, contrastive, losses, reducedBy, regularized } from "../../src/losses/index.js";
import { mean, sum, threshold } from "../../src/reducers/index.js";
import { lpRegularizer } from "../../src/regularizers/index.js";
import { normalRows } from "../laws/evaluate.js";
import { lossOf } from "../oracles/loss-of.js";

const rows = normalRows(6, 4, 3);
const labels = [0, 0, 1, 1, 2, 2];

it("every loss takes a reducer, or one for each term", async () => {
  const value = async (options: Record<string, unknown>) => lossOf(losses.create("contrastive", options), rows, labels);
  expect(await value({ reducer: "sum" })).toBeCloseTo(await lossOf(reducedBy(contrastive(), sum()), rows, labels), 12);
  const each = { positive: sum(), negative: threshold({ low: 0.1 }) };
  const named = { positive: "sum", negative: { name: "threshold", low: 0.1 } };
  expect(await value({ reducers: named })).toBeCloseTo(await lossOf(reducedBy(contrastive(), each), rows, labels), 12);
  // The others keep the published reducer.
  expect(await value({ reducers: { negative: "mean-non-zero" } })).toBeCloseTo(await value({}), 12);
  expect(await value({ reducers: { default: "mean" } })).toBeCloseTo(
    await lossOf(reducedBy(contrastive(), mean()), rows, labels),
    12,
  );
  await expect(value({ reducers: { negatif: "sum" } })).rejects.toThrow(
    /positive, negative, default, received negatif/,
  );
  await expect(value({ reducer: "sum", reducers: { positive: "sum" } })).rejects.toThrow(/reducer or reducers/);
});

it("every loss takes costs on embeddings, class vectors and maps", async () => {
  const options = { embeddingRegularizer: { name: "lp", power: 2 }, embeddingRegularizerWeight: 0.3 };
  const expected = regularized(contrastive(), {
    embeddings: { regularizer: lpRegularizer({ power: 2 }), weight: 0.3 },
  });
  const actual = await lossOf(losses.create("contrastive", options), rows, labels);
  expect(actual).toBeCloseTo(await lossOf(expected, rows, labels), 12);
  const known = { classes: 3, dimension: 4, dtype: "float64" } as const;
  const onClasses = losses.create("arcface", { classRegularizer: "regular-face" }, known);
  expect(await lossOf(onClasses, rows, labels)).not.toBeCloseTo(await lossOf(arcFace(known), rows, labels), 3);
  const distance = { name: "mahalanobis", rank: 2 };
  const onMap = losses.create("contrastive", { distance, mapRegularizer: "lp" }, known);
  const plain = losses.create("contrastive", { distance }, known);
  expect(await lossOf(onMap, rows, labels)).toBeGreaterThan(await lossOf(plain, rows, labels));
  expect(() => losses.create("contrastive", { classRegularizer: "lp" })).toThrow(/owns class vectors/);
  expect(() => losses.create("contrastive", { mapRegularizer: "lp" })).toThrow(/distance is learned/);
  expect(() => losses.create("self-supervised", { reducer: "sum" })).toThrow(/Unrecognized key/);
});
