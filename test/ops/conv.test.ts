import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, input, Parameter } from "../../src/graph/index.js";
import { decodeModel, writeModel } from "../../src/onnx/index.js";
import { conv2d, convTranspose2d } from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph } from "../../src/run/index.js";
import { type NaiveWindow, naiveConv2d, naiveConvTranspose2d } from "../oracles/images.js";
import { checkDerivatives, evaluate, expectClose, normals } from "./derivatives.js";

type Sides = readonly [number, number, number, number];

interface Case extends NaiveWindow {
  readonly batch: number;
  readonly groups: number;
  readonly channels: readonly [number, number];
  readonly size: readonly [number, number];
}

const random = new Random(5);

function padding([top, left, bottom, right]: Sides) {
  return [
    [top, bottom],
    [left, right],
  ] as const;
}

function options({ stride, padding: sides, dilation, groups }: Case) {
  return { stride, dilation, groups, padding: padding(sides) };
}

function operands({ batch, groups, channels, size, kernel }: Case) {
  const x = normals([batch, channels[0] * groups, ...size], random);
  const weight = normals([channels[1] * groups, channels[0], ...kernel], random);
  return { x, weight };
}

const pair = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));
const side = fc.integer({ min: 0, max: 2 });

/** Any convolution whose window fits. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    channels: pair(1, 3),
    // Images of few places are convolved as one product of their patches, others by ONNX Runtime's own kernels.
    size: fc.oneof(pair(1, 6), pair(16, 20)),
    kernel: pair(1, 3),
    stride: pair(1, 3),
    padding: fc.tuple(side, side, side, side),
    dilation: pair(1, 2),
  })
  .filter(({ size, kernel, padding: sides, dilation }) =>
    [0, 1].every((axis) => size[axis]! + sides[axis]! + sides[axis + 2]! > dilation[axis]! * (kernel[axis]! - 1)),
  );

const plain = {
  batch: 2,
  groups: 1,
  channels: [2, 3],
  size: [5, 4],
  kernel: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
} as const;

/** One for each way a convolution or a gradient is written: as a product, mirrored, transposed, pointwise, by patches, by groups. */
const cases: Record<string, Case> = {
  "same size": { ...plain, padding: [1, 1, 1, 1] },
  "strided, odd rest": { ...plain, size: [6, 7], stride: [2, 3], padding: [1, 0, 0, 1] },
  "1x1": { ...plain, kernel: [1, 1], padding: [0, 0, 0, 0] },
  "1x1 strided": { ...plain, kernel: [1, 1], stride: [2, 2], padding: [0, 0, 0, 0] },
  "1x1 padded": { ...plain, kernel: [1, 1], padding: [1, 0, 0, 1] },
  dilated: { ...plain, size: [6, 6], dilation: [2, 1], padding: [2, 1, 2, 1] },
  "padded beyond the kernel": { ...plain, padding: [3, 0, 4, 0] },
  grouped: { ...plain, groups: 2, padding: [1, 1, 1, 1] },
  depthwise: { ...plain, groups: 4, channels: [1, 1], stride: [2, 2], padding: [1, 1, 1, 1] },
  "fewer places than outputs": { ...plain, channels: [2, 12], size: [2, 2], padding: [1, 1, 1, 1] },
  "many places": { ...plain, size: [16, 17], padding: [1, 1, 1, 1] },
  "many places, strided": { ...plain, size: [33, 32], stride: [2, 2], padding: [1, 1, 1, 1] },
  "many places, 1x1 strided": { ...plain, size: [16, 17], kernel: [1, 1], stride: [2, 2], padding: [0, 0, 0, 0] },
  "one cell": { ...plain, size: [1, 1], kernel: [1, 1], padding: [0, 0, 0, 0] },
};

test("conv2d equals the naive sum for any window, groups and open batch", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.boolean(), async (each, open) => {
      const { x, weight } = operands(each);
      const [y] = await evaluate((a, b) => conv2d(a, b, options(each)), [x, weight], { open });
      expectClose(y!, naiveConv2d(x, weight, each, each.groups));
    }),
    { numRuns: 40, seed: 1 },
  );
});

test("gradients of conv2d equal those of the naive sum for any window", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (each) => {
      const { x, weight } = operands(each);
      const { shape } = naiveConv2d(x, weight, each, each.groups);
      const g = normals(shape, random);
      const seeded = await evaluate((a, b, seed) => grad(conv2d(a, b, options(each)), [a, b], seed), [x, weight, g]);
      expectClose(seeded[0]!, naiveConvTranspose2d(g, weight, each, each.groups, each.size));
      // The weight's gradient is linear: its inner product with any weight is that of g with the convolution.
      const other = normals(weight.shape, random);
      const along = other.data.reduce((sum, value, i) => sum + value * seeded[1]!.data[i]!, 0);
      const expected = naiveConv2d(x, other, each, each.groups).data.reduce(
        (sum, value, i) => sum + value * g.data[i]!,
        0,
      );
      expect(Math.abs(along - expected)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected)));
    }),
    { numRuns: 40, seed: 2 },
  );
});

test.each(Object.entries(cases))("derivatives of conv2d to second order: %s", async (_, each) => {
  const { x, weight } = operands(each);
  await checkDerivatives((a, b) => conv2d(a, b, options(each)), [x, weight]);
});

test("bias is added to every place and has its gradient", async () => {
  const each = cases["same size"]!;
  const { x, weight } = operands(each);
  const bias = normals([3], random);
  const [y] = await evaluate((a, b, c) => conv2d(a, b, { ...options(each), bias: c }), [x, weight, bias]);
  const bare = naiveConv2d(x, weight, each, 1);
  const places = bare.shape[2]! * bare.shape[3]!;
  expectClose(y!, { ...bare, data: bare.data.map((value, i) => value + bias.data[Math.floor(i / places) % 3]!) });
  await checkDerivatives((a, b, c) => conv2d(a, b, { ...options(each), bias: c }), [x, weight, bias]);
});

const transposed: Record<string, Case & { extra: readonly [number, number] }> = {
  "stride 1": { ...plain, channels: [3, 2], padding: [1, 0, 0, 1], extra: [0, 0] },
  "stride 2 with output padding": { ...plain, stride: [2, 3], padding: [1, 1, 1, 1], extra: [1, 2] },
  "grouped and dilated": {
    ...plain,
    groups: 2,
    dilation: [2, 2],
    stride: [2, 1],
    padding: [1, 1, 2, 2],
    extra: [1, 0],
  },
};

test.each(Object.entries(transposed))("convTranspose2d and its derivatives: %s", async (_, each) => {
  const x = normals([2, each.channels[0] * each.groups, ...each.size], random);
  const weight = normals([each.channels[0] * each.groups, each.channels[1], ...each.kernel], random);
  const bias = normals([each.channels[1] * each.groups], random);
  const all = { ...options(each), outputPadding: each.extra };
  const size = [0, 1].map((axis) => {
    const covered = (each.size[axis]! - 1) * each.stride[axis]! + each.dilation[axis]! * (each.kernel[axis]! - 1) + 1;
    return covered - each.padding[axis]! - each.padding[axis + 2]! + each.extra[axis]!;
  }) as [number, number];
  const [y] = await evaluate((a, b) => convTranspose2d(a, b, all), [x, weight]);
  expectClose(y!, naiveConvTranspose2d(x, weight, each, each.groups, size));
  await checkDerivatives((a, b, c) => convTranspose2d(a, b, { ...all, bias: c }), [x, weight, bias]);
});

test("a large batch is taken in parts with the same weight gradient", async () => {
  const [batch, channels, size] = [3, 64, 100];
  const x = input("x", "float32", [batch, channels, size, size]);
  const weight = input("weight", "float32", [2, channels, 3, 3]);
  const g = input("g", "float32", [batch, 2, size, size]);
  const [gradient] = grad(conv2d(x, weight, { padding: 1 }), [weight], g);
  const program = await compileGraph({ outputs: { gradient: gradient! } });
  expect(Buffer.from(program.bytes).includes("Split")).toBe(true);
  const ones = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  const result = await program.run({ x: ones([batch, channels, size, size]), g: ones([batch, 2, size, size]) });
  await program.release();
  // Every tap sees all cells but those that the padding covers.
  const reach = [size - 1, size, size - 1];
  const expected = Array.from(
    { length: 2 * channels * 9 },
    (_, i) => batch * reach[i % 3]! * reach[Math.floor(i / 3) % 3]!,
  );
  expect([...(result.gradient!.data as Float32Array)]).toEqual(expected);
});

test("float64 tensors are convolved too, with derivatives", async () => {
  const each = cases["strided, odd rest"]!;
  const { x, weight } = operands(each);
  const [y] = await evaluate((a, b) => conv2d(a, b, options(each)), [x, weight], { dtype: "float64" });
  expectClose(y!, naiveConv2d(x, weight, each, 1));
  await checkDerivatives((a, b) => conv2d(a, b, options(each)), [x, weight], { dtype: "float64" });
});

test.each([
  [
    "a vector",
    () => conv2d(constant([1, 2]), input("w", "float32", [1, 1, 1, 1])),
    /images \[batch, channels, height, width\]/,
  ],
  [
    "wrong channels",
    () => conv2d(input("x", "float32", [1, 4, 8, 8]), input("w", "float32", [2, 3, 3, 3])),
    /a weight with 4 \/ 1 groups on axis 1/,
  ],
  [
    "too small an image",
    () => conv2d(input("x", "float32", [1, 1, 2, 2]), input("w", "float32", [1, 1, 3, 3])),
    /room for a window of 3 cells in 2/,
  ],
  [
    "groups that do not divide",
    () => conv2d(input("x", "float32", [1, 4, 3, 3]), input("w", "float32", [3, 2, 3, 3]), { groups: 2 }),
    /2 groups to divide all channels/,
  ],
  [
    "an open height",
    () => conv2d(input("x", "float32", [1, 1, "h", 3]), input("w", "float32", [1, 1, 3, 3])),
    /height and width known/,
  ],
  [
    "a bias of another size",
    () => conv2d(input("x", "float32", [1, 1, 3, 3]), input("w", "float32", [2, 1, 3, 3]), { bias: constant([1]) }),
    /a bias float32 \[2\]/,
  ],
  [
    "too much output padding",
    () =>
      convTranspose2d(input("x", "float32", [1, 1, 3, 3]), input("w", "float32", [1, 1, 3, 3]), { outputPadding: 1 }),
    /output padding of 0 to stride - 1/,
  ],
  [
    "a fractional stride",
    () => conv2d(input("x", "float32", [1, 1, 3, 3]), input("w", "float32", [1, 1, 3, 3]), { stride: 0.5 }),
    /whole numbers from 1/,
  ],
])("%s is an error when the graph is built", (_, build, message) => {
  expect(build).toThrow(message);
});

test("a file with stored weights has plain convolutions, which every runtime knows best", () => {
  const x = input("x", "float32", [1, 2, 4, 4]);
  const weight = new Parameter([3, 2, 3, 3], { initializer: () => new Float32Array(54) });
  const outputs = { y: conv2d(x, weight, { padding: 1 }) };
  const parameters = new Map([[weight, "weight"]]);
  const operators = (values: Map<Parameter, Float32Array>) =>
    decodeModel(writeModel({ outputs, parameters, values }).bytes).graph.node.map(({ opType }) => opType);
  expect(operators(new Map([[weight, new Float32Array(54)]]))).toEqual(["Conv"]);
  expect(operators(new Map())).toContain("MatMul");
});
