import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input } from "../../src/graph/index.js";
import { compileGraph } from "../../src/run/index.js";

test.each([
  ["shared", [2, 3]],
  ["with an axis of one", [1, 2, 3]],
])("a left factor that is %s serves a named batch of any size, 0 included", async (_, shape) => {
  const a = input("a", "float64", shape);
  const b = input("b", "float64", ["n", 3, 4]);
  const product = a.matmul(b);
  const [byA, byB] = grad(product.sum(), [a, b]);
  const program = await compileGraph({ outputs: { product, byA: byA!, byB: byB! } }, { threads: 1 });
  const left = Float64Array.from({ length: 6 }, (_, i) => i + 1);
  for (const n of [0, 1, 2]) {
    const right = Float64Array.from({ length: n * 12 }, (_, i) => i - 3);
    const results = await program.run({ a: { data: left, shape }, b: { data: right, shape: [n, 3, 4] } });
    expect(results.product!.shape).toEqual([n, 2, 4]);
    const expected = Array.from({ length: n * 8 }, (_, at) => {
      const [batch, row, column] = [Math.floor(at / 8), Math.floor(at / 4) % 2, at % 4];
      return [0, 1, 2].reduce((total, k) => total + left[row * 3 + k]! * right[batch * 12 + k * 4 + column]!, 0);
    });
    expect(Array.from(results.product!.data as Float64Array)).toEqual(expected);
    expect(results.byA!.shape).toEqual(shape);
    expect(results.byB!.shape).toEqual([n, 3, 4]);
  }
  await program.release();
});
