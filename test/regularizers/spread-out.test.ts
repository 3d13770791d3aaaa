import { describe, expect, it } from "vitest";
import { grad, simplify } from "../../src/grad/index.js";
import { constant, input, reachableNodes, staticSize } from "../../src/graph/index.js";
import {
  cooccurrenceTargets,
  glas,
  type Regularizer,
  regularizerValue,
  spreadOut,
} from "../../src/regularizers/index.js";
import { compileGraph } from "../../src/run/index.js";
import { normalRows } from "../laws/evaluate.js";
import { average, cosineOf, type Rows, total } from "../oracles/vectors.js";

async function regularized(regularizer: Regularizer, rows: Rows): Promise<number> {
  const vectors = constant(Float64Array.from(rows.flat()), { shape: [rows.length, rows[0]!.length] });
  const program = await compileGraph({ outputs: { value: regularizerValue(regularizer, vectors) } }, { threads: 1 });
  const { value } = await program.run({});
  await program.release();
  return value!.data[0] as number;
}

const rows = normalRows(7, 4, 2);

describe("spread-out", () => {
  it("has the moments of all pairs of different vectors", async () => {
    const s = rows.flatMap((a, i) => rows.flatMap((b, j) => (i === j ? [] : [cosineOf(a, b)])));
    const expected = average(s) ** 2 + Math.max(average(s.map((x) => x ** 2)) - 1 / 4, 0);
    expect(await regularized(spreadOut(), rows)).toBeCloseTo(expected, 10);
    expect(await regularized(spreadOut(), rows.slice(0, 1))).toBe(0);
  });
});

describe("glas", () => {
  it("is the squared distance of the cosines to the wanted ones", async () => {
    const wanted = [
      [0, 1, 0.5],
      [2, 5, 0.25],
    ] as [number, number, number][];
    const target = (i: number, j: number) =>
      i === j ? 1 : (wanted.find(([a, b]) => (a === i && b === j) || (a === j && b === i))?.[2] ?? 0);
    const errors = rows.flatMap((a, i) => rows.map((b, j) => (cosineOf(a, b) - target(i, j)) ** 2));
    expect(await regularized(glas({ related: wanted }), rows)).toBeCloseTo(total(errors) / 49, 10);
  });

  it("is 0 for orthogonal classes without relations", async () => {
    expect(
      await regularized(glas(), [
        [2, 0],
        [0, 3],
      ]),
    ).toBeCloseTo(0, 12);
  });

  it("finds its targets from the labels that occur together", () => {
    const targets = cooccurrenceTargets([[0, 1], [0], [1, 0, 2], [2, 2]]);
    expect(targets).toEqual([
      [0, 1, (2 / 3 + 2 / 2) / 2],
      [0, 2, (1 / 3 + 1 / 2) / 2],
      [1, 2, (1 / 2 + 1 / 2) / 2],
    ]);
  });
});

it.each([spreadOut(), glas()])("$name makes no matrix of 100,000 x 100,000", (regularizer) => {
  const vectors = input("vectors", "float32", [100_000, 16]);
  const value = regularizerValue(regularizer, vectors);
  const nodes = reachableNodes(simplify([value, ...grad(value, [vectors])]));
  expect(Math.max(...nodes.map((node) => staticSize(node.outputs[0]!.shape)))).toBeLessThanOrEqual(1_600_000);
});
