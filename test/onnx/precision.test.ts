import fc from "fast-check";
import * as web from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  calibratedValues,
  decodeModel,
  elementTypes,
  encodeModel,
  type ModelProto,
  numberToHalf,
  type Range,
  toDynamicInt8,
  toFloat16,
  toStaticInt8,
} from "../../src/onnx/index.js";
import { quantizeWeight, roundToEven } from "../../src/onnx/precision/weights.js";
import { Random } from "../../src/rng/index.js";
import { foldModel, openModelFile, Variables } from "../../src/run/index.js";
import { type ModelInput, parseConfig } from "../../src/train/index.js";
import { createModel, exportModel } from "../../src/train/model.js";

/** The number that bits of half precision stand for, as IEEE 754 defines them. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe("half precision", () => {
  test("every half is its own nearest", () => {
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = fromHalf(bits);
      if (Number.isNaN(value)) expect(fromHalf(numberToHalf(value))).toBeNaN();
      else if (numberToHalf(value) !== bits) expect.fail(`${bits.toString(16)} became ${numberToHalf(value)}`);
    }
  });

  test("no other half is nearer, and ties go to the even one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (bits, share) => {
        const [low, high] = [fromHalf(bits), fromHalf(bits + 1)];
        const value = Math.fround(low + share * (high - low));
        const even = bits % 2 === 0 ? bits : bits + 1;
        const [below, above] = [value - low, high - value];
        expect(numberToHalf(value)).toBe(below < above ? bits : below > above ? bits + 1 : even);
      }),
    );
    expect([65519.99, 65520, -1e9].map((value) => numberToHalf(value))).toEqual([0x7bff, 0x7c00, 0xfc00]);
    expect([2 ** -25, 2 ** -25 * 1.01, -0].map((value) => numberToHalf(value))).toEqual([0, 1, 0x8000]);
  });
});

test("weights come back from whole numbers to within half a unit of their channel", () => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 0, max: 1 }),
  );
  fc.assert(
    fc.property(
      shapes,
      fc.infiniteStream(fc.float({ noNaN: true, min: -4, max: 4 })),
      ([rows, columns, axis], stream) => {
        const numbers = Float32Array.from({ length: rows * columns * 2 }, () => stream.next().value as number);
        const dims = [rows, columns, 2];
        const tensor = { name: "w", dims, dataType: 1, rawData: new Uint8Array(numbers.buffer) };
        const { values, scales } = quantizeWeight(tensor, axis);
        numbers.forEach((value, at) => {
          const channel = axis === 0 ? Math.floor(at / (2 * columns)) : Math.floor(at / 2) % columns;
          expect(Math.abs(values[at]!)).toBeLessThanOrEqual(63);
          expect(Math.abs(values[at]! * scales[channel]! - value)).toBeLessThanOrEqual(0.5001 * scales[channel]!);
        });
      },
    ),
  );
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4].map(roundToEven).map((value) => value + 0)).toEqual([0, 2, 2, 0, -2, 2]);
});

const SIZE = 16;
const image: ModelInput = {
  kind: "image",
  size: SIZE,
  crop: 1,
  workingSide: SIZE,
  channels: "bgr",
  range: 1,
  mean: [0.5, 0.5, 0.5],
  deviation: [0.25, 0.25, 0.25],
};
const random = new Random(2);
const pixels = Uint8Array.from({ length: 6 * SIZE * SIZE * 3 }, (_, at) =>
  Math.max(0, Math.min(255, 40 * Math.floor(at / (SIZE * SIZE * 3)) + random.integer(60))),
);

async function exported(name: string): Promise<Uint8Array> {
  const config = parseConfig({ backbone: { name, width: 8 }, head: { dimension: 12, layerNorm: name !== "conv4" } });
  const model = createModel(config, image);
  const variables = new Variables();
  variables.add({ model: model.parameters }, new Random(3));
  return exportModel(model, variables, new Map());
}

async function run(bytes: Uint8Array, data = pixels): Promise<Record<string, Float32Array>> {
  const file = await openModelFile(bytes, { threads: 1 });
  const results = await file.run({ image: { data, shape: [data.length / (SIZE * SIZE * 3), SIZE, SIZE, 3] } });
  await file.release();
  return Object.fromEntries(Object.entries(results).map(([key, value]) => [key, value.data as Float32Array]));
}

/** Ranges of a model's calibrated values on the pictures of this test. */
async function rangesOf(model: ModelProto): Promise<Map<string, Range>> {
  const names = new Set(calibratedValues(model).values());
  const output = [...model.graph.output, ...[...names].map((name) => ({ name }))];
  const results = await run(encodeModel({ ...model, graph: { ...model.graph, output } }));
  return new Map(
    [...names].map((name) => [name, { low: Math.min(...results[name]!), high: Math.max(...results[name]!) }]),
  );
}

const forms = {
  float16: async (bytes: Uint8Array) => toFloat16(decodeModel(bytes)),
  "int8-dynamic": async (bytes: Uint8Array) => toDynamicInt8(decodeModel(await foldModel(bytes))),
  int8: async (bytes: Uint8Array) => {
    const folded = decodeModel(await foldModel(bytes));
    return toStaticInt8(folded, await rangesOf(folded));
  },
};

/** Smallest cosine between rows of the same picture. */
function agreement(a: Float32Array, b: Float32Array): number {
  const rows = Array.from({ length: a.length / 12 }, (_, row) => {
    const at = (values: Float32Array) => [...values.subarray(row * 12, (row + 1) * 12)];
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    return dot(at(a), at(b)) / Math.sqrt(dot(at(a), at(a)) * dot(at(b), at(b)));
  });
  return Math.min(...rows);
}

const weightBytes = (model: ModelProto) =>
  model.graph.initializer.reduce((total, { rawData }) => total + (rawData?.length ?? 0), 0);

describe.each(["conv4", "resnet18"])("%s in smaller forms", (name) => {
  let original: Uint8Array;
  let reference: Float32Array;
  beforeAll(async () => {
    original = await exported(name);
    reference = (await run(original)).embedding!;
  });

  test("merging what can be computed beforehand changes nothing", async () => {
    const folded = await foldModel(original);
    expect(decodeModel(folded).graph.node.map(({ opType }) => opType)).not.toContain("BatchNormalization");
    expect(agreement(reference, (await run(folded)).embedding!)).toBeGreaterThan(0.999999);
  });

  test.each([
    ["float16", 0.55, 0.9999],
    ["int8-dynamic", 0.35, 0.99],
    ["int8", 0.35, 0.98],
  ] as const)("%s is small, and near", async (form, share, near) => {
    const model = await forms[form](original);
    expect(weightBytes(model)).toBeLessThan(share * weightBytes(decodeModel(original)));
    const { embedding } = await run(encodeModel(model));
    expect(agreement(reference, embedding!)).toBeGreaterThan(near);
    // It is another model, not the same one again.
    expect(embedding).not.toEqual(reference);
    expect(model.metadataProps).toEqual(decodeModel(original).metadataProps);
  });
});

test("every layer of products is computed in whole numbers, between values stored as bytes", async () => {
  const model = await forms.int8(await exported("resnet18"));
  const producers = new Map(model.graph.node.flatMap((node) => node.output.map((name) => [name, node])));
  const layers = model.graph.node.filter(({ opType }) => ["Conv", "Gemm"].includes(opType));
  expect(layers).toHaveLength(21);
  for (const { input } of layers) {
    expect(input.map((name) => producers.get(name)?.opType)).toEqual(Array(input.length).fill("DequantizeLinear"));
  }
  const types = new Set(model.graph.initializer.map(({ dataType }) => dataType));
  expect(types).toContain(elementTypes.int8);
  expect(types).toContain(elementTypes.int32);
  const dynamic = (await forms["int8-dynamic"](await exported("resnet18"))).graph.node.map(({ opType }) => opType);
  expect(dynamic.filter((type) => ["Conv", "Gemm", "MatMul"].includes(type))).toEqual([]);
  expect(dynamic.filter((type) => type === "ConvInteger")).toHaveLength(20);
});

test("what a Pad adds does not widen the range of what it pads", async () => {
  const lowest = -3.4e38;
  const kernel = { name: "kernel_shape", ints: [3, 3], type: 7 };
  const identity = Float32Array.from({ length: 9 }, (_, i) => Number(i % 4 === 0));
  const raw = (name: string, dims: number[], dataType: number, values: Float32Array | BigInt64Array) => ({
    name,
    dims,
    dataType,
    rawData: new Uint8Array(values.buffer),
  });
  const sizes = { dim: [{ dimParam: "n" }, { dimValue: 3 }, { dimValue: 4 }, { dimValue: 4 }] };
  const graph = {
    name: "padded",
    node: [
      { opType: "Conv", input: ["x", "w"], output: ["a"], attribute: [] },
      { opType: "Pad", input: ["a", "pads", "value"], output: ["b"], attribute: [] },
      { opType: "MaxPool", input: ["b"], output: ["c"], attribute: [kernel] },
      { opType: "Neg", input: ["c"], output: ["y"], attribute: [] },
    ],
    initializer: [
      raw("w", [3, 3, 1, 1], 1, identity),
      raw("pads", [8], 7, BigInt64Array.from([0, 0, 1, 1, 0, 0, 1, 1], BigInt)),
      raw("value", [], 1, Float32Array.of(lowest)),
    ],
    input: [{ name: "x", type: { tensorType: { elemType: 1, shape: sizes } } }],
    output: [{ name: "y" }],
  };
  const model = { irVersion: 9, graph, opsetImport: [{ domain: "", version: 20 }], metadataProps: [] };
  expect([...calibratedValues(model)]).toEqual([
    ["x", "x"],
    ["a", "a"],
    ["b", "a"],
    ["c", "a"],
  ]);
  const data = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i));
  const outputs = await Promise.all(
    [model, toStaticInt8(model, new Map(["x", "a"].map((name) => [name, { low: -1, high: 1 }])))].map(async (each) => {
      const file = await openModelFile(encodeModel(each), { threads: 1 });
      const { y } = await file.run({ x: { data, shape: [1, 3, 4, 4] } });
      await file.release();
      return y!.data as Float32Array;
    }),
  );
  outputs[0]!.forEach((value, i) => expect(Math.abs(value - outputs[1]![i]!)).toBeLessThan(0.03));
});

test("weights beyond half precision stay", () => {
  const numbers = new Float32Array(100).fill(1);
  numbers[7] = 1e6;
  const rawData = new Uint8Array(numbers.buffer);
  const graph = {
    node: [{ input: ["w"], output: ["y"], opType: "Neg", attribute: [] }],
    initializer: [{ name: "w", dims: [100], dataType: 1, rawData }],
    input: [],
    output: [{ name: "y" }],
  };
  const model = { irVersion: 9, graph, opsetImport: [{ version: 20 }], metadataProps: [] };
  expect(toFloat16(model).graph).toEqual(graph);
});

describe("in onnxruntime-web", () => {
  let files: Record<string, Uint8Array>;
  const released: web.InferenceSession[] = [];
  beforeAll(async () => {
    web.env.wasm.numThreads = 1;
    const original = await exported("conv4");
    files = { float32: original };
    for (const [form, convert] of Object.entries(forms)) files[form] = encodeModel(await convert(original));
  });
  afterAll(async () => {
    for (const session of released) await session.release();
  });

  test.each(["float32", "float16", "int8-dynamic", "int8"])("%s gives what onnxruntime-node gives", async (form) => {
    const expected = (await run(files[form]!)).embedding!;
    const session = await web.InferenceSession.create(files[form]!, { executionProviders: ["wasm"] });
    released.push(session);
    const x = new web.Tensor("uint8", pixels, [6, SIZE, SIZE, 3]);
    const { embedding } = await session.run({ image: x });
    expect(agreement(expected, embedding!.data as Float32Array)).toBeGreaterThan(form === "float32" ? 0.99999 : 0.999);
  });
});
