import { expect, it } from "vitest";
import { grad } from "../../src/grad/index.js";
import { arcFace, lossValue, regularized } from "../../src/losses/index.js";
import {
  centerInvariant,
  lpRegularizer,
  type Regularizer,
  regularFace,
  regularizers,
  regularizerValue,
  sparseCenters,
  zeroMean,
} from "../../src/regularizers/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, Variables } from "../../src/run/index.js";
import { evaluate, normalRows } from "../laws/evaluate.js";
import { average, cosineOf, dotProduct, type Rows, total, unitDistance } from "../oracles/vectors.js";

const cases: [Regularizer, (x: Rows) => number][] = [
  [lpRegularizer(), (x) => average(x.map((row) => Math.sqrt(dotProduct(row, row))))],
  [lpRegularizer({ p: 1, power: 2 }), (x) => average(x.map((row) => total(row.map(Math.abs)) ** 2))],
  [zeroMean(), (x) => average(x.map((row) => Math.abs(total(row))))],
  [
    centerInvariant(),
    (x) => {
      const squares = x.map((row) => dotProduct(row, row));
      return average(squares.map((s) => (s - average(squares)) ** 2 / 4));
    },
  ],
  [regularFace(), (x) => average(x.map((a, i) => Math.max(...x.filter((_, j) => j !== i).map((b) => cosineOf(a, b)))))],
  [
    sparseCenters({ centersPerClass: 2 }),
    (x) => (unitDistance(x[0]!, x[1]!) + unitDistance(x[2]!, x[3]!) + unitDistance(x[4]!, x[5]!)) / 6,
  ],
];

it.each(cases)("%o equals plain arithmetic", async (regularizer, oracle) => {
  const x = normalRows(6, 5, 2);
  const { value } = await evaluate({ x }, ({ x }) => ({ value: regularizerValue(regularizer, x) }));
  expect(value![0]).toBeCloseTo(oracle(x), 10);
});

it.each(cases)("%o is finite on one, equal, and zero vectors", async (regularizer) => {
  // Centres of a class come together.
  const fewest = regularizer.name === "sparse-centers" ? 2 : 1;
  const few = normalRows(fewest, 5, 3);
  for (const x of [few, Array.from({ length: 3 * fewest }, () => few[0]!), few.map((row) => row.map(() => 0))]) {
    for (const dtype of ["float32", "float64"] as const) {
      const build = ({ x }: { x: Parameters<Regularizer["term"]>[0] }) => {
        const value = regularizerValue(regularizer, x);
        return { value, gradient: grad(value, [x])[0]! };
      };
      const result = await evaluate({ x }, build, { dtype });
      expect([...result.value!, ...result.gradient!].every(Number.isFinite)).toBe(true);
    }
  }
});

it("add to a loss with their weights, on embeddings and class vectors", async () => {
  const plain = arcFace({ classes: 2, dimension: 3 });
  const both = regularized(plain, {
    embeddings: { regularizer: lpRegularizer(), weight: 2 },
    classVectors: { regularizer: regularFace(), weight: 0.5 },
  });
  const variables = new Variables();
  variables.add(both.parameters, new Random(1));
  const program = await compile(
    ({ x, labels }) => {
      const input = { query: x, key: x, ...classRelation(labels) };
      return { outputs: { a: lossValue(plain, input).value, b: lossValue(both, input).value } };
    },
    { x: { shape: [2, 3] }, labels: { shape: [2], dtype: "int64" } },
    { variables },
  );
  const { a, b } = await program.run({ x: Float32Array.of(3, 0, 0, 0, 0, 5), labels: BigInt64Array.of(0n, 1n) });
  const w = Array.from(variables.value(plain.classVectors as never) as Float32Array);
  const extra = 2 * 4 + 0.5 * cosineOf(w.slice(0, 3), w.slice(3));
  expect(Number(b!.data[0]) - Number(a!.data[0])).toBeCloseTo(extra, 4);
  await program.release();
  expect(() =>
    regularized({ ...plain, classVectors: undefined }, { classVectors: { regularizer: zeroMean() } }),
  ).toThrow("a loss that owns class vectors");
});

it("are made by name", () => {
  expect(regularizers.names).toEqual([
    "center-invariant",
    "glas",
    "lp",
    "orthogonality",
    "regular-face",
    "sparse-centers",
    "spectral",
    "spread-out",
    "zero-mean",
  ]);
  for (const name of regularizers.names) expect(regularizers.create(name).name).toBe(name);
});
