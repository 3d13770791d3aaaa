import { expect, it } from "vitest";
import { grad, simplify } from "../../src/grad/index.js";
import { input, type Parameter, reachableNodes, staticSize } from "../../src/graph/index.js";
import { type CrossBatchMemoryOptions, contrastive, crossBatchMemory, lossValue } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { lossLaws } from "../laws/loss.js";
import { averageAbove0, type Rows, unitDistance } from "../oracles/vectors.js";

/** A batch for which the loss is computed: rows and labels. */
type Step = readonly [Rows, readonly number[]];

/** The loss and its gradient for consecutive batches of one size. */
async function run(settings: Omit<CrossBatchMemoryOptions, "dimension">, steps: readonly Step[]) {
  const [[first]] = steps as [Step];
  const shape = [first.length, first[0]!.length] as const;
  const loss = crossBatchMemory({ ...settings, dimension: shape[1], dtype: "float64" });
  const [query, labels] = [input("query", "float64", shape), input("labels", "int64", [shape[0]])];
  const { value, updates } = lossValue(loss, { ...classRelation(labels, { dtype: "float64" }), query, key: query });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const [gradient] = grad(value, [query]);
  const program = await compileGraph({ outputs: { value, gradient: gradient! }, updates: updates! }, { variables });
  const results: { value: number; gradient: number[] }[] = [];
  for (const [rows, classes] of steps) {
    const fed = { query: Float64Array.from(rows.flat()), labels: BigInt64Array.from(classes, BigInt) };
    const { value: v, gradient: g } = await program.run(fed);
    results.push({ value: v!.data[0] as number, gradient: Array.from(g!.data as Float64Array) });
  }
  await program.release();
  const memory = loss.parameters.memory as Record<string, Parameter>;
  const state = (name: string) => Array.from(variables.value(memory[name]!) as Float64Array, Number);
  return { results, embeddings: state("embeddings"), labels: state("labels"), count: state("count")[0] };
}

function rows(count: number, seed: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => [random.normal(), random.normal(), random.normal()]);
}

/** Contrastive loss of queries against keys, without the pairs for which `same` holds. */
function pairs(query: Step, keys: Step, same: (i: number, j: number) => boolean): number {
  const d = (positive: boolean) =>
    query[0].flatMap((q, i) =>
      keys[0].flatMap((k, j) => (!same(i, j) && (query[1][i] === keys[1][j]) === positive ? [unitDistance(q, k)] : [])),
    );
  return averageAbove0(d(true).map((x) => x ** 2)) + averageAbove0(d(false).map((x) => Math.max(1 - x, 0) ** 2));
}

lossLaws("cross-batch-memory", {
  options: { size: 256, warmUpSteps: 0 },
  detached: "nothing is differentiated through the memory",
  oracle: ({ query, labels }) => 2 * pairs([query, labels], [query, labels], (i, j) => i === j),
});
lossLaws("cross-batch-memory", {
  options: { size: 256, warmUpSteps: 0, includeBatch: false, weight: 0.5, loss: "triplet", miner: "batch-hard" },
  detached: "nothing is differentiated through the memory",
});
lossLaws("cross-batch-memory", {
  options: { size: 256 },
  oracle: ({ query, labels }) => pairs([query, labels], [query, labels], (i, j) => i === j),
});

const labels = [0, 1, 0, 2];

it("compares with the last batches, the oldest overwritten, without the queries' own copies", async () => {
  const steps: Step[] = [1, 2, 3].map((seed) => [rows(4, seed), labels]);
  const { results, count } = await run({ size: 6, warmUpSteps: 0, includeBatch: false }, steps);
  const all = { rows: steps.flatMap(([x]) => x), labels: steps.flatMap(([, y]) => y) };
  steps.forEach((step, t) => {
    const end = 4 * (t + 1);
    const start = Math.max(0, end - 6);
    const memory: Step = [all.rows.slice(start, end), all.labels.slice(start, end)];
    expect(results[t]!.value).toBeCloseTo(
      pairs(step, memory, (i, j) => start + j === 4 * t + i),
      10,
    );
  });
  expect(count).toBe(6);
});

it("keeps exact copies in a ring", async () => {
  const [a, b] = [rows(2, 1), rows(2, 2)];
  const steps: Step[] = [
    [a, [5, 6]],
    [b, [7, 8]],
  ];
  const { embeddings, labels: kept } = await run({ size: 3, warmUpSteps: 0 }, steps);
  expect(embeddings).toEqual([...b[1]!, ...a[1]!, ...b[0]!]);
  expect(kept).toEqual([8, 6, 7]);
});

it("is the inner loss alone until the warm-up is over, and takes nothing in", async () => {
  const steps: Step[] = [1, 2, 3, 4].map((seed) => [rows(4, seed), labels]);
  const { results, count } = await run({ size: 8, warmUpSteps: 2 }, steps);
  const inner = steps.map((step) => pairs(step, step, (i, j) => i === j));
  expect(results[0]!.value).toBeCloseTo(inner[0]!, 12);
  expect(results[1]!.value).toBeCloseTo(inner[1]!, 12);
  expect(results[2]!.value).toBeCloseTo(2 * inner[2]!, 12);
  expect(results[3]!.value - inner[3]!).not.toBeCloseTo(inner[3]!, 3);
  expect(count).toBe(8);
});

it("puts in keys that are not the queries, and compares with all of them", async () => {
  const loss = crossBatchMemory({ loss: contrastive(), size: 4, dimension: 3, dtype: "float64", warmUpSteps: 0 });
  const names = ["query", "key"] as const;
  const [query, key] = names.map((name) => input(name, "float64", [2, 3]));
  const classes = input("labels", "int64", [2]);
  const relation = classRelation(classes, { keyLabels: classes, dtype: "float64" });
  const { value, updates } = lossValue(loss, { ...relation, query: query!, key: key! });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const program = await compileGraph({ outputs: { value }, updates: updates! }, { variables });
  const [q, k] = [rows(2, 1), rows(2, 2)];
  const fed = {
    query: Float64Array.from(q.flat()),
    key: Float64Array.from(k.flat()),
    labels: BigInt64Array.of(0n, 1n),
  };
  const result = await program.run(fed);
  await program.release();
  expect(result.value!.data[0]).toBeCloseTo(2 * pairs([q, [0, 1]], [k, [0, 1]], () => false), 12);
});

it("holds 100,000 embeddings without a tensor larger than a few B x size", async () => {
  const size = 100_000;
  const loss = crossBatchMemory({ size, dimension: 16, warmUpSteps: 0 });
  const [query, classes] = [input("query", "float32", [8, 16]), input("labels", "int64", [8])];
  const { value, updates } = lossValue(loss, { ...classRelation(classes), query, key: query });
  const traced = [value, ...grad(value, [query]), ...updates!.values()];
  const sizes = reachableNodes(simplify(traced)).flatMap((node) => node.outputs.map((x) => staticSize(x.shape)));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * 8 * size);
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const program = await compileGraph({ outputs: { value }, updates: updates! }, { variables });
  const fed = {
    query: Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
    labels: BigInt64Array.from(labels.concat(labels), BigInt),
  };
  for (let step = 0; step < 3; step++) expect(Number((await program.run(fed)).value!.data[0])).toBeGreaterThan(0);
  await program.release();
});

it("refuses batches larger than the memory, labels of another kind, and losses it does not know", async () => {
  const query = input("query", "float32", [8, 3]);
  const relation = classRelation(input("labels", "int64", [8]));
  const loss = crossBatchMemory({ size: 4, dimension: 3 });
  expect(() => lossValue(loss, { ...relation, query, key: query })).toThrow(/at most 4 rows, received 8 rows/);
  const unlabelled = { ...relation, keyLabels: undefined, query, key: query };
  expect(() => lossValue(loss, unlabelled)).toThrow(/one class label for each row/);
  expect(() => crossBatchMemory({ loss: "contrastiv", dimension: 3 })).toThrow(/contrastive/);
});
