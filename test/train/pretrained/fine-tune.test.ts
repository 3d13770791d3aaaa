import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { namedParameters } from "../../../src/graph/index.js";
import { decodeModel, encodeModel, toDynamicInt8 } from "../../../src/onnx/index.js";
import { Random } from "../../../src/rng/index.js";
import { openModelFile, Variables } from "../../../src/run/index.js";
import { decodeCheckpoint } from "../../../src/train/checkpoint.js";
import { compileEmbedding } from "../../../src/train/evaluation.js";
import { completeOptions, expandBackbone, readConfig, train } from "../../../src/train/index.js";
import { createPictures } from "../../../src/train/inputs.js";
import { createModel, exportModel } from "../../../src/train/model.js";
import { backboneFiles } from "../../../src/train/pretrained/options.js";
import { writePictures } from "../pictures.js";
import { type NetworkOptions, network } from "./network.js";

let folder: string;
let pictures: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-fine-tune-"));
  pictures = join(folder, "pictures");
  await writePictures(pictures, 12, 4);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function saved(name: string, options: NetworkOptions = {}): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, network(options));
  return path;
}

const usual = {
  steps: 6,
  batchSize: 8,
  head: { dimension: 4 },
  sampler: { name: "m-per-class", samplesPerClass: 2 },
  validation: { every: 3 },
  optimizer: { learningRate: 0.01 },
  threads: 1,
};

async function modelOf(options: object) {
  const config = await readConfig(options);
  const { input } = createPictures(config);
  const model = createModel(config, input, await backboneFiles(config));
  const variables = new Variables();
  variables.add({ model: model.parameters }, new Random(1));
  return { config, model, variables };
}

const random = new Random(4);
const pixels = Uint8Array.from({ length: 2 * 16 * 16 * 3 }, () => random.integer(256));

/** What the value called `name` of an ONNX file is for the pictures, prepared by hand. */
async function valueInFile(bytes: Uint8Array, name: string, prepare: (byte: number, channel: number) => number) {
  const model = decodeModel(bytes);
  const file = await openModelFile(encodeModel({ ...model, graph: { ...model.graph, output: [{ name }] } }));
  const data = new Float32Array(pixels.length);
  for (let picture = 0; picture < 2; picture++)
    for (let place = 0; place < 256; place++)
      for (let c = 0; c < 3; c++)
        data[(picture * 3 + c) * 256 + place] = prepare(pixels[(picture * 256 + place) * 3 + c]!, c);
  const results = await file.run({ x: { data, shape: [2, 3, 16, 16] } });
  await file.release();
  return results[name]!.data as Float32Array;
}

async function featuresOf({ model, variables }: Awaited<ReturnType<typeof modelOf>>): Promise<Float32Array> {
  const program = await compileEmbedding(model, variables, new Map(), { threads: 1 }, "features");
  const { embedding } = await program.run({ x: { data: pixels, shape: [2, 16, 16, 3] } });
  await program.release();
  return embedding!.data as Float32Array;
}

function near(received: Float32Array, expected: Float32Array | number[]): void {
  expect(received.length).toBe(expected.length);
  expected.forEach((value, i) => expect(received[i]!).toBeCloseTo(value, 4));
}

describe("a backbone from an ONNX file", () => {
  test("gives what the file gives before its classifier, on pictures prepared as it wants", async () => {
    const metadata = { mean: "[0.5, 0.4, 0.3]", std: "[0.2, 0.25, 0.5]", input_size: "[3, 16, 16]" };
    const path = await saved("timm.onnx", { metadata });
    const started = await modelOf({ backbone: path });
    expect(started.config.image).toMatchObject({ size: 16, mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.5] });
    expect(started.config.backboneMultiplier).toBe(0.1);
    const [mean, deviation] = [
      [0.5, 0.4, 0.3],
      [0.2, 0.25, 0.5],
    ];
    const expected = await valueInFile(
      await readFile(path),
      "flat",
      (byte, c) => (byte / 255 - mean[c]!) / deviation[c]!,
    );
    near(await featuresOf(started), expected);
    expect(Object.keys(started.model.parameters.backbone!)).not.toContain("fc.weight");
  });

  test("can be cut at a map, which is averaged", async () => {
    const path = await saved("cut.onnx", { size: 16 });
    const image = { mean: [0, 0, 0], deviation: [1, 1, 1] };
    for (const features of ["relu1", "n_relu1"]) {
      const started = await modelOf({ backbone: { name: path, features }, image });
      const map = await valueInFile(await readFile(path), "relu1", (byte) => byte / 255);
      const means = Array.from(
        { length: 12 },
        (_, i) => map.subarray(i * 64, (i + 1) * 64).reduce((a, b) => a + b) / 64,
      );
      near(await featuresOf(started), means);
      expect(started.model.stages).toHaveLength(4);
    }
    const pooled = await modelOf({ backbone: { name: path, features: "relu1", pooling: "gem" }, image });
    expect(Object.keys(pooled.model.parameters.backbone!)).toContain("pooling");
  });

  test("has a stage for each size of its maps", async () => {
    const { model } = await modelOf({ backbone: await saved("stages.onnx", { size: 16 }) });
    const names = new Map(namedParameters(model.parameters).map(([name, parameter]) => [parameter, name]));
    expect(model.stages.map(({ parameters }) => parameters.map((parameter) => names.get(parameter)))).toEqual(
      [0, 1, 2].map((i) => [
        `backbone.conv${i}.weight`,
        ...["weight", "bias", "running_mean", "running_var"].map((name) => `backbone.bn${i}.${name}`),
      ]),
    );
  });

  test("exported for one picture, takes a batch", async () => {
    const bytes = decodeModel(network({ size: 16 }));
    bytes.graph.input[0]!.type!.tensorType!.shape!.dim[0] = { dimValue: 1 };
    const path = join(folder, "single.onnx");
    await writeFile(path, encodeModel(bytes));
    expect(await featuresOf(await modelOf({ backbone: path }))).toHaveLength(12);
  });

  test("may keep its weights in a file beside it, which counts for its checksum", async () => {
    const image = { size: 16 };
    const decoded = decodeModel(network());
    const weight = decoded.graph.initializer.find(({ name }) => name === "conv1.weight")!;
    const { rawData, ...rest } = weight;
    const place = { location: "weights.bin", offset: "4", length: `${rawData!.length}` };
    const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
    Object.assign(weight, { ...rest, rawData: undefined, externalData, dataLocation: 1 });
    const path = join(folder, "outside.onnx");
    await writeFile(path, encodeModel(decoded));
    await writeFile(join(folder, "weights.bin"), Buffer.concat([Buffer.alloc(4), rawData!]));
    const outside = await modelOf({ backbone: path, image });
    const own = outside.variables.entries().find(([name]) => name === "model.backbone.conv1.weight")![1];
    expect(Buffer.from(outside.variables.value(own).buffer).equals(Buffer.from(rawData!))).toBe(true);
    await writeFile(join(folder, "weights.bin"), Buffer.alloc(4 + rawData!.length));
    await expect(backboneFiles(outside.config)).rejects.toMatchObject({ code: "model-changed" });
  });

  test("of vectors is one as well", async () => {
    const input = { kind: "vector", dimension: 4 } as const;
    const config = await readConfig({ backbone: "mlp", head: { dimension: 3 } });
    const trained = createModel(config, input);
    const variables = new Variables();
    variables.add({ model: trained.parameters }, new Random(2));
    const path = join(folder, "vectors.onnx");
    await writeFile(path, exportModel(trained, variables, new Map()));
    const again = await readConfig({ backbone: path });
    const model = createModel(again, input, await backboneFiles(again));
    expect(model.featureSize).toBe(512);
    const own = new Variables();
    own.add({ model: model.parameters }, new Random(3));
    const programs = [
      await compileEmbedding(trained, variables, new Map(), { threads: 1 }, "features"),
      await compileEmbedding(model, own, new Map(), { threads: 1 }, "features"),
    ];
    const x = { data: Float32Array.from({ length: 8 }, (_, i) => Math.sin(i)), shape: [2, 4] };
    const [expected, received] = [await programs[0]!.run({ x }), await programs[1]!.run({ x })];
    near(received.embedding!.data as Float32Array, expected.embedding!.data as Float32Array);
    for (const program of programs) await program.release();
  });

  test("is refused in words when it cannot be trained on", async () => {
    const path = await saved("wrong.onnx", { size: 16 });
    await expect(modelOf({ backbone: { name: path, features: "nothing" } })).rejects.toThrow(/backbone\.features/);
    await expect(modelOf({ backbone: join(folder, "absent.onnx") })).rejects.toMatchObject({ code: "no-model" });
    const small = join(folder, "int8.onnx");
    await writeFile(small, encodeModel(toDynamicInt8(decodeModel(network({ size: 16 })))));
    await expect(modelOf({ backbone: small })).rejects.toMatchObject({ code: "quantized-model" });
  });
});

describe("options", () => {
  test("a path is the backbone onnx, and other names stay", () => {
    expect(expandBackbone({ backbone: "a/b.onnx" })).toEqual({ backbone: { name: "onnx", model: "a/b.onnx" } });
    expect(expandBackbone({ backbone: { name: "m.onnx", features: "x" } })).toEqual({
      backbone: { name: "onnx", model: "m.onnx", features: "x" },
    });
    expect(expandBackbone({ backbone: "resnet18", steps: 3 })).toEqual({ backbone: "resnet18", steps: 3 });
  });

  test("what is given goes over what the file says", async () => {
    const path = await saved("given.onnx", { mean: [104, 117, 123] });
    const given = await completeOptions({
      backbone: path,
      backboneMultiplier: 0.5,
      image: { size: 32, channels: "rgb" },
    });
    expect(given).toMatchObject({ backboneMultiplier: 0.5, image: { size: 32, channels: "rgb", range: 255 } });
    const usual = await completeOptions({ backbone: path });
    expect(usual.image).toMatchObject({ size: 224, channels: "bgr" });
    expect(usual.backbone).toMatchObject({ features: "flat", preparation: expect.stringContaining("104, 117, 123") });
    // Another cut changes nothing else, and is kept.
    const cut = await completeOptions({ backbone: { name: path, features: "relu1" } as { name: string } });
    expect(cut.backbone).toMatchObject({ features: "relu1" });
  });
});

async function run(options: object, out: string, limit = Number.POSITIVE_INFINITY, resume = false) {
  const stop = new AbortController();
  const config = await readConfig({ ...usual, data: pictures, ...options });
  for await (const event of train(config, { folder: out, resume, signal: stop.signal }))
    if (event.type === "step" && event.step >= limit) stop.abort();
}

const tensors = async (out: string) =>
  decodeCheckpoint(await readFile(join(out, "checkpoints/last.safetensors")), "last").tensors;

describe("fine-tuning", () => {
  test("moves the last stage alone, keeps batch statistics, and resumes bit for bit", async () => {
    const path = await saved("tune.onnx", { size: 16 });
    const options = { backbone: path, freeze: "stages:-1" };
    const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
    await run(options, whole);
    await run(options, broken, 2);
    await run(options, broken, Number.POSITIVE_INFINITY, true);
    const [a, b] = [await tensors(whole), await tensors(broken)];
    for (const [name, values] of a) expect(b.get(name), name).toEqual(values);
    const start = new Map(decodeModel(network({ size: 16 })).graph.initializer.map((entry) => [entry.name!, entry]));
    expect(start.size).toBe(17);
    const before = decodeModel(await readFile(path)).graph.initializer;
    const moved = before.flatMap(({ name, rawData }) => {
      const values = a.get(`model.backbone.${name}`);
      return values === undefined || Buffer.from(values.buffer).equals(rawData!) ? [] : [name];
    });
    expect(moved).toEqual(["conv2.weight", "bn2.weight", "bn2.bias"]);
    expect([...a.keys()].filter((name) => /^optimizer\.model\.backbone\.(conv|bn)[01]/.test(name))).toEqual([]);
    const metrics = JSON.parse(await readFile(join(whole, "metrics.json"), "utf8"));
    expect(Object.keys(metrics.baselines)).toEqual(["frozen features", "raw pixels"]);
  });

  test("a changed model file is noticed on resuming", async () => {
    const path = await saved("changed.onnx", { size: 16 });
    const out = join(folder, "changed");
    await run({ backbone: path }, out, 2);
    const config = parse(await readFile(join(out, "config.yaml"), "utf8"));
    expect(config.backbone).toMatchObject({ name: "onnx", model: path });
    expect(config.backbone.sha256).toMatch(/^[0-9a-f]{64}$/);
    await writeFile(path, network({ size: 16, metadata: { other: "1" } }));
    const resumed = (async () => {
      for await (const _ of train(await readConfig(config), { folder: out, resume: true }));
    })();
    await expect(resumed).rejects.toMatchObject({ code: "model-changed" });
  });

  test("goes on from a run's own model, head left behind, bytes in", async () => {
    const first = join(folder, "first");
    await run({ backbone: await saved("first.onnx", { size: 16, mean: [104, 117, 123] }) }, first);
    const started = await modelOf({ backbone: first });
    expect(started.config.image).toMatchObject({ size: 16, channels: "bgr", range: 255 });
    expect(started.model.featureSize).toBe(6);
    const names = namedParameters(started.model.parameters).map(([name]) => name);
    expect(names).toContain("backbone.model.backbone.conv0.weight");
    expect(names.filter((name) => name.includes("model.head"))).toEqual([]);
    expect(await featuresOf(started)).toHaveLength(12);
    await run({ backbone: first, steps: 3 }, join(folder, "second"));
    await expect(completeOptions({ backbone: first, image: { mean: [1, 1, 1] } })).rejects.toThrow(
      /image\.mean: expected nothing: .* takes bytes and prepares them itself/,
    );
  });
});
