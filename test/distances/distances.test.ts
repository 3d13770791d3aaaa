import { expect, it } from "vitest";
import { cosine, type Distance, distanceOption, distances, dot, gap, lp, snr } from "../../src/distances/index.js";
import { grad, simplify } from "../../src/grad/index.js";
import { constant, input, reachableNodes, staticSize, type Tensor } from "../../src/graph/index.js";
import { asRows, evaluate, normalRows } from "../laws/evaluate.js";
import { dotProduct, total } from "../oracles/vectors.js";

type Row = readonly number[];

function normOf(x: Row, p: number): number {
  const absolute = x.map(Math.abs);
  return p === Number.POSITIVE_INFINITY ? Math.max(...absolute) : total(absolute.map((v) => v ** p)) ** (1 / p);
}
const scaled = (x: Row, p: number) => x.map((v) => v / Math.max(normOf(x, p), 1e-12));
const apart = (x: Row, y: Row) => x.map((v, i) => v - y[i]!);
const centred = (x: Row) => x.map((v) => v - total(x) / x.length);
const energy = (x: Row) => dotProduct(centred(x), centred(x));

const cases: [string, Distance, (x: Row, y: Row) => number][] = [
  ...[1, 2, 3, Number.POSITIVE_INFINITY].flatMap((p): [string, Distance, (x: Row, y: Row) => number][] => [
    [`lp ${p}`, lp({ p }), (x, y) => normOf(apart(scaled(x, p), scaled(y, p)), p)],
    [`raw lp ${p} cubed`, lp({ p, power: 3, normalize: false }), (x, y) => normOf(apart(x, y), p) ** 3],
  ]),
  ["squared", lp({ power: 2 }), (x, y) => normOf(apart(scaled(x, 2), scaled(y, 2)), 2) ** 2],
  ["cosine", cosine(), (x, y) => dotProduct(scaled(x, 2), scaled(y, 2))],
  ["cosine squared", cosine({ power: 2 }), (x, y) => dotProduct(scaled(x, 2), scaled(y, 2)) ** 2],
  ["dot", dot(), dotProduct],
  ["snr", snr(), (x, y) => energy(apart(x, y)) / energy(x)],
  ["unit snr", snr({ normalize: true }), (x, y) => energy(apart(scaled(x, 2), scaled(y, 2))) / energy(scaled(x, 2))],
];

it.each(cases)("%s: matrix, paired and batched forms equal plain arithmetic", async (_, distance, oracle) => {
  const [x, y] = [normalRows(4, 11, 1), normalRows(6, 11, 2)];
  const result = await evaluate({ x, y }, ({ x, y }) => ({
    matrix: distance.matrix(x, y),
    paired: distance.paired(x.slice({ axis: 0, end: 3 }), y.slice({ axis: 0, end: 3 })),
    batched: distance.matrix(x.reshape([2, 2, 11]), y.reshape([2, 3, 11])),
  }));
  const all = x.flatMap((a) => y.map((b) => oracle(a, b)));
  result.matrix!.forEach((value, i) => {
    expect(value).toBeCloseTo(all[i]!, 9);
  });
  result.paired!.forEach((value, i) => {
    expect(value).toBeCloseTo(all[i * 6 + i]!, 9);
  });
  const blocks = [0, 1].flatMap((b) => [0, 1].flatMap((i) => [0, 1, 2].map((j) => all[(b * 2 + i) * 6 + b * 3 + j]!)));
  result.batched!.forEach((value, i) => {
    expect(value).toBeCloseTo(blocks[i]!, 9);
  });
});

it.each(["float32", "float64"] as const)("equal vectors are at distance 0 with gradient 0 (%s)", async (dtype) => {
  const one = normalRows(1, 300, 3)[0]!;
  const equal = [one, one, one];
  // Scaled copies are equal up to rounding only, which the Euclidean noise floor takes for equal.
  const scaledCopies = [one, one.map((v) => v * 7), one.map((v) => v / 3)];
  const orders = [lp({ p: 1 }), lp({ p: "inf" }), lp({ p: 3 })];
  for (const [distance, x] of [
    ...[lp(), lp({ power: 0.5 }), lp({ power: 2 })].map((d) => [d, scaledCopies] as const),
    ...orders.map((d) => [d, equal] as const),
  ]) {
    const build = ({ x }: { x: Tensor }) => {
      const d = distance.matrix(x, x);
      return { d, g: grad(d.sum(), [x])[0]! };
    };
    const { d, g } = await evaluate({ x }, build, { dtype });
    expect(Math.max(...d!), distance.key).toBe(0);
    expect(Math.max(...g!.map(Math.abs)), distance.key).toBe(0);
  }
});

it("Euclidean distances in float32 are right to a few digits down to the stated noise", async () => {
  const base = normalRows(1, 64, 4)[0]!;
  const x = [0.3, 0.03, 0.006].map((step) => base.map((v, i) => v + (i === 0 ? step : 0)));
  const { d } = await evaluate({ x: [base], y: x }, ({ x, y }) => ({ d: lp({ normalize: false }).matrix(x, y) }), {
    dtype: "float32",
  });
  expect(d![0]).toBeCloseTo(0.3, 3);
  expect(d![1]).toBeCloseTo(0.03, 2);
  // Below 1e-3 of the lengths: noise, counted as 0.
  expect(d![2]).toBe(0);
});

it("no matrix form makes a tensor larger than 8 B R", () => {
  for (const [name, distance] of cases) {
    const x = input("x", "float32", [64, 48]);
    const y = input("y", "float32", [80, 48]);
    const outputs = [distance.matrix(x, y), ...grad(distance.matrix(x, y).sum(), [x, y])];
    const sizes = reachableNodes(simplify(outputs)).map((node) => staticSize(node.outputs[0]!.shape));
    expect(Math.max(...sizes), name).toBeLessThanOrEqual(8 * 64 * 80);
  }
});

it("gap is positive where the first pair is farther apart", async () => {
  const near = constant(0.9, { dtype: "float64" });
  const { s, d } = await evaluate({ x: [[1]] }, ({ x }) => ({
    s: gap(cosine(), near.add(x.mul(0)), 0.5),
    d: gap(lp(), near.add(x.mul(0)), 0.5),
  }));
  expect(s![0]).toBeCloseTo(-0.4);
  expect(d![0]).toBeCloseTo(0.4);
});

it("are made by name, and an option takes an object, a name, or name and options", () => {
  expect(distances.names).toEqual(["cosine", "dot", "lp", "mahalanobis", "snr"]);
  const option = distanceOption(cosine);
  const made = lp({ p: 1 });
  expect(option.parse(made)).toBe(made);
  expect(option.parse(undefined).key).toBe(cosine().key);
  expect(option.parse("lp").key).toBe(lp().key);
  expect(option.parse({ name: "lp", power: 2 }).key).toBe(lp({ power: 2 }).key);
  expect(() => option.parse("euclid")).toThrow();
  expect(() => distances.create("lp", { q: 1 })).toThrow(/options are p, power, normalize/);
});

it("rows of a matrix keep their place", async () => {
  const x = normalRows(3, 5, 9);
  const { d } = await evaluate({ x }, ({ x }) => ({ d: lp().matrix(x, x) }));
  const rows = asRows(d!, 3);
  rows.forEach((row, i) => {
    expect(row[i]).toBe(0);
  });
  expect(rows[0]![2]).toBeCloseTo(rows[2]![0]!, 12);
});
