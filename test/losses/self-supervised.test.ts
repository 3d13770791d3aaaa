import { expect, it } from "vitest";
import type { Tensor } from "../../src/graph/index.js";
import { ntXent, selfSupervised, triplet } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, type Rows, total } from "../oracles/vectors.js";

/** The second view of a row in these tests. */
const second = (row: readonly number[]) => row.map((x, i) => x + (i % 2 === 0 ? 0.5 : -0.25) * (row[0]! + 1));

function views(query: Tensor, labels: Tensor, dtype: "float32" | "float64") {
  const [size, dimension] = query.shape as [number, number];
  const first = query.slice({ axis: 1, end: 1 }).add(1);
  const columns = Array.from({ length: dimension }, (_, i) =>
    query.slice({ axis: 1, start: i, end: i + 1 }).add(first.mul(i % 2 === 0 ? 0.5 : -0.25)),
  );
  const key = columns.map((column, i) => column.mul(unitRow(query, i))).reduce((a, b) => a.add(b));
  return { query, key, ...classRelation(labels, { keyLabels: labels, dtype }), size };
}

/** 1 in column i, as a row that broadcasts. */
function unitRow(query: Tensor, column: number): Tensor {
  const width = query.shape[1] as number;
  const row = query.slice({ axis: 0, end: 1 }).mul(0);
  return row.add([Array.from({ length: width }, (_, i) => Number(i === column))]);
}

const similarity = (a: readonly number[], b: readonly number[]) => Math.exp(cosineOf(a, b) / 0.5);
const loss = { name: "nt-xent", temperature: 0.5 };

function symmetric({ query }: { query: Rows }): number {
  const rows = [...query, ...query.map(second)];
  const size = query.length;
  const terms = rows.map((row, i) => {
    const own = similarity(row, rows[(i + size) % (2 * size)]!);
    const others = rows.filter((_, j) => j % size !== i % size).map((other) => similarity(row, other));
    return -Math.log(own / (own + total(others)));
  });
  return average(terms);
}

function oneWay({ query }: { query: Rows }): number {
  const keys = query.map(second);
  return average(
    query.map((row, i) => -Math.log(similarity(row, keys[i]!) / total(keys.map((key) => similarity(row, key))))),
  );
}

lossLaws("self-supervised", { options: { loss }, input: views, oracle: symmetric });
lossLaws("self-supervised", { options: { loss, symmetric: false }, input: views, oracle: oneWay });

it("takes a loss that was made, and says what it needs", async () => {
  const rows = [
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  const options = {
    keys: [
      [1, 0.1],
      [0.2, 1],
      [1, 0.8],
    ],
    keyLabels: [0, 1, 2],
  };
  const made = await lossOf(selfSupervised({ loss: ntXent() }), rows, [0, 1, 2], options);
  expect(made).toBe(await lossOf(selfSupervised(), rows, [0, 1, 2], options));
  expect(await lossOf(selfSupervised({ loss: triplet({ margin: 2 }) }), rows, [0, 1, 2], options)).toBeGreaterThan(0);
  await expect(lossOf(selfSupervised(), rows, [0, 1, 2])).rejects.toThrow(/a second view of each query/);
});
