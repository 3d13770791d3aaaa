import { describe, expect, it } from "vitest";
import { grad } from "../../src/grad/index.js";
import { orthogonality, regularizerValue, spectral } from "../../src/regularizers/index.js";
import { evaluate, normalRows } from "../laws/evaluate.js";

async function cost(regularizer: ReturnType<typeof spectral>, x: readonly (readonly number[])[]) {
  const { value, gradient } = await evaluate({ x }, ({ x }) => {
    const value = regularizerValue(regularizer, x);
    return { value, gradient: grad(value, [x])[0]! };
  });
  return { value: value![0]!, gradient: gradient! };
}

/** Rows with the given singular values, turned in the plane of two dimensions. */
function turned([a, b]: readonly [number, number]): number[][] {
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  return [
    [a * c, a * s],
    [-b * s, b * c],
  ];
}

describe("spectral regularizer", () => {
  it("is log(K sum s^4 / (sum s^2)^2), whatever the rotation and scale", async () => {
    for (const [a, b] of [
      [3, 1],
      [2, 2],
      [0.5, 0.1],
    ] as const) {
      const expected = Math.log((2 * (a ** 4 + b ** 4)) / (a * a + b * b) ** 2);
      expect((await cost(spectral(), turned([a, b]))).value).toBeCloseTo(expected, 12);
    }
    // More rows than dimensions, or fewer: equal singular values give 0.
    expect(
      (
        await cost(spectral(), [
          [1, 0],
          [0, 1],
          [-1, 0],
          [0, -1],
        ])
      ).value,
    ).toBeCloseTo(0, 12);
    expect(
      (
        await cost(spectral(), [
          [1, 0, 0],
          [0, 1, 0],
        ])
      ).value,
    ).toBeCloseTo(0, 12);
    expect(
      (
        await cost(spectral(), [
          [1, 2],
          [2, 4],
          [-3, -6],
        ])
      ).value,
    ).toBeCloseTo(Math.log(2), 12);
  });

  it("flattens the spectrum when it is lowered, and is finite for zeros", async () => {
    const x = normalRows(12, 4, 3).map((row) => row.map((v, i) => v / (i + 1)));
    const before = await cost(spectral(), x);
    const after = x.map((row, i) => row.map((v, j) => v - 0.1 * before.gradient[4 * i + j]!));
    expect((await cost(spectral(), after)).value).toBeLessThan(before.value);
    const zero = await cost(spectral(), [
      [0, 0],
      [0, 0],
    ]);
    expect([zero.value, ...zero.gradient].every((v) => v === 0)).toBe(true);
  });
});

it("soft orthogonality is |V V^T - I|^2 / N", async () => {
  const x = normalRows(3, 5, 4);
  let total = 0;
  for (const [i, a] of x.entries())
    for (const [j, b] of x.entries()) total += (a.reduce((sum, v, k) => sum + v * b[k]!, 0) - Number(i === j)) ** 2;
  expect((await cost(orthogonality(), x)).value).toBeCloseTo(total / 3, 10);
  expect((await cost(orthogonality(), turned([1, 1]))).value).toBeCloseTo(0, 12);
});
