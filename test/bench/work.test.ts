import { expect, test } from "vitest";
import { productFlop } from "../../bench/work.js";
import { input, Parameter } from "../../src/graph/index.js";
import { conv2d, matmul } from "../../src/ops/index.js";

const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1));
const parameter = (...shape: number[]) => new Parameter(shape, { initializer: zeros });

test("counts a product once forward, and once for the gradient of each factor that is taught", () => {
  const x = input("x", "float32", [8, 16]);
  const hidden = matmul(x, parameter(16, 32));
  const output = matmul(hidden, parameter(32, 4));
  const [first, second] = [2 * 8 * 16 * 32, 2 * 8 * 32 * 4];
  expect(productFlop(output)).toBe(first + second);
  // The input of the first is data, and needs no gradient.
  expect(productFlop(output, { training: true })).toBe(2 * first + 3 * second);
});

test("counts nothing for the gradient of what is kept as it is", () => {
  const kept = new Parameter([16, 32], { initializer: zeros, trainable: false });
  const output = matmul(input("x", "float32", [8, 16]), kept);
  expect(productFlop(output, { training: true })).toBe(productFlop(output));
});

test("counts a convolution by its results, its kernel and the channels of a group", () => {
  const x = input("x", "float32", [2, 6, 10, 10]);
  const y = conv2d(x, parameter(4, 3, 3, 3), { stride: 2, padding: 1, groups: 2 });
  expect(productFlop(y)).toBe(2 * (2 * 4 * 5 * 5) * (3 * 3 * 3));
});
