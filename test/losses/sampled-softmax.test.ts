import { describe, expect, it } from "vitest";
import { grad, simplify } from "../../src/grad/index.js";
import { constant, input, type Parameter, reachableNodes, staticSize } from "../../src/graph/index.js";
import { lossValue, sampleClasses, sampledSoftmax, stochasticNegatives } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { normalRows } from "../laws/evaluate.js";
import { lossLaws } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("sampled-softmax", {
  oracle: (batch) => crossEntropyOf(batch, (q) => batch.parameters.weight!.map((w) => 20 * cosineOf(q, w))),
});
lossLaws("sampled-softmax", {
  options: { scale: 8, margin: 0.1, marginRadians: 0.3 },
  oracle: (batch) =>
    crossEntropyOf(batch, (q, label) =>
      batch.parameters.weight!.map((w, c) => {
        const angle = Math.acos(cosineOf(q, w));
        const own = angle <= Math.PI - 0.3 ? Math.cos(angle + 0.3) : Math.cos(angle) - 0.3 * Math.sin(0.3);
        return 8 * (c === label ? own - 0.1 : Math.cos(angle));
      }),
    ),
});
for (const sampler of ["uniform", "log-uniform", "batch-first"]) {
  // The random numbers of a run are the same, so it is a function of the embeddings and class vectors.
  lossLaws("sampled-softmax", { options: { sampled: 3, sampler } });
}

const CLASSES = 12;

/** Drawn classes and their weights, over many runs. */
async function draws(sampler: "uniform" | "log-uniform" | "batch-first", sampled: number, runs: number) {
  const labels = constant([3, 3, 8, -1], { dtype: "int64" });
  const { index, weight } = sampleClasses({ classes: CLASSES, sampled, sampler, dtype: "float64" }, labels);
  const program = await compileGraph({ outputs: { index, weight } }, { threads: 1 });
  const random = new Random(5);
  const results: { index: number[]; weight: number[] }[] = [];
  for (let i = 0; i < runs; i++) {
    const { index: drawn, weight: counts } = await program.run({}, random);
    results.push({
      index: Array.from(drawn!.data as BigInt64Array, Number),
      weight: Array.from(counts!.data as Float64Array),
    });
  }
  await program.release();
  return results;
}

describe("sampleClasses", () => {
  it.each([
    "uniform",
    "log-uniform",
    "batch-first",
  ] as const)("%s draws represent all classes on average", async (sampler) => {
    const runs = await draws(sampler, 5, 1500);
    const sums = runs.map(({ index, weight }) => {
      const perClass = new Array<number>(CLASSES).fill(0);
      for (const [i, c] of index.entries()) perClass[c]! += weight[i]!;
      return perClass;
    });
    for (let c = 0; c < CLASSES; c++) {
      const values = sums.map((perClass) => perClass[c]!);
      const spread = Math.sqrt(average(values.map((x) => (x - average(values)) ** 2)) / runs.length);
      expect(Math.abs(average(values) - 1)).toBeLessThanOrEqual(4.5 * spread + 1e-9);
    }
  });

  it("draws without replacement, the classes of the batch first where told so", async () => {
    for (const { index } of await draws("uniform", 5, 20)) expect(new Set(index).size).toBe(5);
    for (const { index } of await draws("batch-first", 5, 20)) {
      expect(new Set(index).size).toBe(5);
      expect(index).toEqual(expect.arrayContaining([3, 8]));
    }
    for (const { index } of await draws("batch-first", 1, 5)) expect([3, 8]).toContain(index[0]);
    expect((await draws("uniform", 12, 1))[0]!.index).toEqual(Array.from({ length: 12 }, (_, c) => c));
  });
});

/** Values of one loss on one batch over many runs. */
async function valuesOf(loss: ReturnType<typeof sampledSoftmax>, rows: number[][], labels: number[], runs: number) {
  const [query, classes] = [input("query", "float64", [rows.length, 4]), input("labels", "int64", [rows.length])];
  const { value } = lossValue(loss, { ...classRelation(classes, { dtype: "float64" }), query, key: query });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const program = await compileGraph({ outputs: { value } }, { variables, threads: 1 });
  const random = new Random(2);
  const results: number[] = [];
  for (let i = 0; i < runs; i++) {
    const fed = { query: Float64Array.from(rows.flat()), labels: BigInt64Array.from(labels, BigInt) };
    results.push((await program.run(fed, random)).value!.data[0] as number);
  }
  await program.release();
  return { values: results, weights: Array.from(variables.value(loss.classVectors as Parameter) as Float64Array) };
}

it("has the full softmax's denominator on average", async () => {
  const sizes = { classes: 40, dimension: 4, dtype: "float64", scale: 3 } as const;
  const [row] = normalRows(1, 4, 3) as [number[]];
  const { values, weights } = await valuesOf(sampledSoftmax({ ...sizes, sampled: 10 }), [row], [7], 800);
  const mass = Array.from({ length: 40 }, (_, c) => Math.exp(3 * cosineOf(row, weights.slice(4 * c, 4 * c + 4))));
  const exact = total(mass) / mass[7]!;
  const sampled = values.map(Math.exp);
  const spread = Math.sqrt(average(sampled.map((x) => (x - average(sampled)) ** 2)) / sampled.length);
  expect(Math.abs(average(sampled) - exact)).toBeLessThan(4.5 * spread);
  expect(spread).toBeLessThan(0.05 * exact);
});

it.each([sampledSoftmax, stochasticNegatives])("gathers only sampled rows of 100,000 classes: %o", async (create) => {
  const loss = create({ classes: 100_000, dimension: 16, sampled: 512 });
  const [query, classes] = [input("query", "float32", [32, 16]), input("labels", "int64", [32])];
  const { value } = lossValue(loss, { ...classRelation(classes), query, key: query });
  const gradients = grad(value, [query, loss.classVectors as Parameter]);
  const nodes = reachableNodes(simplify([value, ...gradients]));
  expect(Math.max(...nodes.map((node) => staticSize(node.outputs[0]!.shape)))).toBe(1_600_000);
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const program = await compileGraph({ outputs: { value, gradient: gradients[0]! } }, { variables });
  const fed = {
    query: Float32Array.from({ length: 512 }, (_, i) => Math.sin(i)),
    labels: BigInt64Array.from({ length: 32 }, (_, i) => BigInt(3000 * i)),
  };
  const result = await program.run(fed, new Random(4));
  await program.release();
  expect(Number(result.value!.data[0])).toBeGreaterThan(0);
  expect(Array.from(result.gradient!.data as Float32Array).every(Number.isFinite)).toBe(true);
});
