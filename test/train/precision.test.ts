import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeModel, encodeModel } from "../../src/onnx/index.js";
import { Random } from "../../src/rng/index.js";
import { Variables } from "../../src/run/index.js";
import { compileEmbedding } from "../../src/train/evaluation.js";
import { exportPrecision, openModel, parseConfig, precisions, train } from "../../src/train/index.js";
import { createInputs, createPictures } from "../../src/train/inputs.js";
import { createModel, exportModel } from "../../src/train/model.js";
import { verifyExport } from "../../src/train/verify.js";
import { writePictures } from "./pictures.js";

let folder: string;
let run: string;
const options = {
  steps: 12,
  batchSize: 8,
  image: { size: 16 },
  backbone: { name: "conv4", width: 8 },
  head: { dimension: 8 },
  sampler: { name: "m-per-class", samplesPerClass: 2 },
  validation: { every: 6 },
  threads: 1,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-precision-"));
  run = join(folder, "run");
  await writePictures(join(folder, "pictures"), 12, 4);
  for await (const _ of train(parseConfig({ ...options, data: join(folder, "pictures") }), { folder: run }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(precisions)("%s", (precision) => {
  test("is written with its size and the scores of both forms, and embeds like the model", async () => {
    const out = join(folder, `${precision}.onnx`);
    const told = new Set<string>();
    const report = await exportPrecision(run, { precision, out, threads: 1, onProgress: (what) => told.add(what) });
    expect(report.bytes).toBe((await stat(out)).size);
    expect(report.float32.bytes).toBe((await stat(join(run, "model.onnx"))).size);
    expect(report.items).toBe(24);
    expect(report.agreement).toBeGreaterThan(0.98);
    const metrics = JSON.parse(await readFile(join(run, "metrics.json"), "utf8"));
    expect(report.float32.scores["MAP@R"]).toBeCloseTo(metrics.trained["MAP@R"], 6);
    expect(told.has("calibrating")).toBe(precision === "int8");
    const note = JSON.parse(decodeModel(await readFile(out)).metadataProps.find(({ key }) => key === "simile")!.value);
    expect(note.precision).toMatchObject({ precision, scores: report.scores, float32: report.float32 });
    const embedder = await openModel(out, { threads: 1 });
    expect(embedder.input).toMatchObject({ kind: "image", size: 16 });
    await embedder.release();
  });
});

test("a model without its run needs data, and is told which", async () => {
  const model = join(run, "model.onnx");
  const out = join(folder, "alone.onnx");
  await expect(exportPrecision(model, { precision: "float16", out })).rejects.toThrow(/--data: expected labelled data/);
  const data = join(folder, "pictures");
  await expect(exportPrecision(model, { precision: "int8", out, data })).rejects.toThrow(
    /--calibration: expected data/,
  );
  const report = await exportPrecision(model, { precision: "int8", out, data, calibration: data, threads: 1 });
  expect(report).toMatchObject({ items: 48, data });
});

test("a smaller form of a smaller form is refused", async () => {
  const once = join(folder, "once.onnx");
  await exportPrecision(run, { precision: "float16", out: once, threads: 1 });
  const again = exportPrecision(once, { precision: "int8-dynamic", out: join(folder, "twice.onnx"), data: folder });
  await expect(again).rejects.toThrow(/expected a model in float32, received one in float16/);
});

test("an exported file that differs from the program in training is not passed", async () => {
  const config = parseConfig({ ...options, data: join(folder, "pictures") });
  const vectors = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i));
  const items = Array.from({ length: 10 }, (_, i) => ({ name: `${i}`, label: `${i % 2}` }));
  const dataset = { kind: "vector", name: "sines", dimension: 4, vectors, items } as const;
  const source = createInputs(dataset, createPictures(config));
  const model = createModel(parseConfig({ head: { dimension: 3 } }), source.input);
  const variables = new Variables();
  variables.add({ model: model.parameters }, new Random(1));
  const bytes = exportModel(model, variables, new Map());
  const embedding = await compileEmbedding(model, variables, new Map(), { threads: 1 });
  const reference = { embedding, source, items: Int32Array.from(items.keys()) };
  await verifyExport(bytes, reference);
  const decoded = decodeModel(bytes);
  const weight = decoded.graph.initializer.find(({ name }) => name === "model.head.embedding.weight")!;
  weight.rawData = new Uint8Array(
    Float32Array.from(new Float32Array(new Uint8Array(weight.rawData!).buffer), (w, i) => (i === 5 ? w + 0.5 : w))
      .buffer,
  );
  await expect(verifyExport(encodeModel(decoded), reference)).rejects.toMatchObject({ code: "export-differs" });
  await embedding.release();
});
