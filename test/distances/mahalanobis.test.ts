import { describe, expect, it } from "vitest";
import { mahalanobis } from "../../src/distances/index.js";
import { grad } from "../../src/grad/index.js";
import { input, type Parameter } from "../../src/graph/index.js";
import { contrastive, losses, lossValue, triplet, weightedSum } from "../../src/losses/index.js";
import { behindMap, tripletMargin } from "../../src/miners/index.js";
import { classRelation, tripletSlots } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { normalRows } from "../laws/evaluate.js";

const D = 4;
const x = normalRows(5, D, 1);
const y = normalRows(3, D, 2);
const L = normalRows(2, D, 3);

function apply(rows: readonly (readonly number[])[], v: readonly number[]): number[] {
  return rows.map((row) => row.reduce((total, a, i) => total + a * v[i]!, 0));
}
function unit(v: readonly number[]): number[] {
  const length = Math.hypot(...v);
  return v.map((a) => a / length);
}

async function values(settings: { power?: number; normalize?: boolean; rank?: number }, rows: number[][] | undefined) {
  const distance = mahalanobis({ dimension: D, dtype: "float64", ...settings });
  const { map } = distance.learned!.parameters as { map: Parameter };
  const [a, b] = [input("a", "float64", [5, D]), input("b", "float64", [3, D])];
  const batched = distance.matrix(a.unsqueeze(0), b.unsqueeze(0));
  const matrix = distance.matrix(a, b);
  const paired = distance.paired(a.slice({ axis: 0, end: 3 }), b);
  const one = distance.paired(a.slice({ axis: 0, end: 1 }).squeeze(0), b.slice({ axis: 0, end: 1 }).squeeze(0));
  const variables = new Variables();
  variables.add({ map }, new Random(1));
  if (rows) variables.assign(map, Float64Array.from(rows.flat()));
  const outputs = { matrix, batched, paired, one, gradient: grad(matrix.sum(), [map])[0]! };
  const program = await compileGraph({ outputs }, { variables, threads: 1 });
  const at = async () => {
    const results = await program.run({ a: Float64Array.from(x.flat()), b: Float64Array.from(y.flat()) });
    return Object.fromEntries(Object.entries(results).map(([k, { data }]) => [k, Array.from(data as Float64Array)]));
  };
  return { at, variables, map, release: () => program.release() };
}

describe.each([
  { power: 1, normalize: false },
  { power: 2, normalize: false },
  { power: 1, normalize: true },
])("Mahalanobis distance with %j", (settings) => {
  it("is (x - y)^T L^T L (x - y) to half the power in all its forms", async () => {
    const { at, release } = await values({ ...settings, rank: 2 }, L);
    const { matrix, batched, paired, one } = await at();
    await release();
    const prepare = (v: readonly number[]) => apply(L, settings.normalize ? unit(v) : v);
    const expected = x.map((a) =>
      y.map((b) => Math.hypot(...prepare(a).map((p, i) => p - prepare(b)[i]!)) ** settings.power),
    );
    expected.flat().forEach((value, i) => {
      expect(matrix![i]).toBeCloseTo(value, 10);
      expect(batched![i]).toBeCloseTo(value, 10);
    });
    expect(one![0]).toBeCloseTo(expected[0]![0]!, 10);
    paired!.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]![i]!, 10);
    });
  });
});

it("begins as the Euclidean distance, and has the derivative by its map", async () => {
  const { at, variables, map, release } = await values({}, undefined);
  const before = await at();
  expect(before.matrix![0]).toBeCloseTo(Math.hypot(...x[0]!.map((v, i) => v - y[0]![i]!)), 10);
  const base = Array.from(variables.value(map) as Float64Array);
  const shifted = async (step: number) => {
    variables.assign(
      map,
      Float64Array.from(base, (v, i) => v + (i === 1 ? step : 0)),
    );
    return (await at()).matrix!.reduce((a, b) => a + b);
  };
  const slope = ((await shifted(1e-6)) - (await shifted(-1e-6))) / 2e-6;
  await release();
  expect(before.gradient![1]).toBeCloseTo(slope, 5);
});

const measured = losses.entries.filter(({ options }) => "distance" in options.shape && "dimension" in options.shape);
it.each(
  losses.entries.filter(({ options }) => "distance" in options.shape).map(({ name }) => name),
)("%s declares a distance that learns", (name) => {
  const distance = mahalanobis({ dimension: D });
  const known = { classes: 3, dimension: D };
  if (name === "log-ratio") expect(distance.inverted).toBe(false);
  const loss = losses.create(name, { distance }, known);
  expect(loss.learned).toBe(distance.learned);
  expect(loss.parameters.distance).toBe(distance.learned!.parameters);
});

it("is filled in with the dimension, however deep it is", () => {
  expect(measured.length).toBeGreaterThan(5);
  const inner = { name: "contrastive", distance: { name: "mahalanobis", rank: 2 } };
  const sum = losses.create(
    "weighted-sum",
    { losses: [{ loss: inner }, { loss: "triplet" }] },
    { classes: 3, dimension: D },
  );
  expect(sum.learned!.dimension).toBe(2);
  expect((sum.learned!.parameters.map as Parameter).shape).toEqual([2, D]);
  const memory = losses.create("cross-batch-memory", { loss: inner }, { dimension: D });
  expect(memory.learned!.dimension).toBe(2);
  expect(() => losses.create("contrastive", { distance: "mahalanobis" })).toThrow(/dimension/);
  const own = () => ({ loss: contrastive({ distance: mahalanobis({ dimension: D }) }) });
  expect(() => weightedSum({ losses: [own(), own()] })).toThrow(/one learned distance/);
});

it("miners look at embeddings behind the map", async () => {
  const distance = mahalanobis({ dimension: 2, rank: 1 });
  const { map } = distance.learned!.parameters as { map: Parameter };
  const loss = triplet({ distance });
  // In the plane the positive is near; along the one direction that counts it is not.
  const rows = Float32Array.from([0, 0, 1, 0, 0.5, 9]);
  const query = input("query", "float32", [3, 2]);
  const relation = classRelation(input("labels", "int64", [3]), { positivesPerQuery: 1 });
  const batch = { ...relation, query, key: query };
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  variables.assign(map, Float32Array.of(1, 0));
  const count = async (miner: ReturnType<typeof tripletMargin>) => {
    const mined = { ...batch, ...miner.mine(batch) };
    const outputs = {
      weight: tripletSlots(mined, mined.triplets as never).weight.sum(),
      value: lossValue(loss, mined).value,
    };
    const program = await compileGraph({ outputs }, { variables, threads: 1 });
    const results = await program.run({ query: rows, labels: BigInt64Array.of(0n, 0n, 1n) });
    await program.release();
    return Number(results.weight!.data[0]);
  };
  const miner = tripletMargin({ triplets: "hard", distance: { name: "lp", normalize: false } });
  expect(await count(miner)).toBe(0);
  expect(await count(behindMap(miner, loss.learned))).toBe(2);
});
