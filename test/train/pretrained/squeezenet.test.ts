import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Random } from "../../../src/rng/index.js";
import { openModelFile, Variables } from "../../../src/run/index.js";
import { compileEmbedding } from "../../../src/train/evaluation.js";
import { readConfig } from "../../../src/train/index.js";
import { createPictures } from "../../../src/train/inputs.js";
import { createModel } from "../../../src/train/model.js";
import { backboneFiles } from "../../../src/train/pretrained/options.js";

const name = "squeezenet-features-512";
const path = fileURLToPath(new URL(`../../../../shared/models/${name}/${name}.onnx`, import.meta.url));

// fine-tune.test.ts tests the same on a small model that it makes itself.
describe.skipIf(!existsSync(path))(`${name} (skipped where ../shared/models lacks it)`, () => {
  test("is understood without being told anything, and gives what the file gives", async () => {
    const config = await readConfig({ backbone: path, image: { size: 64 } });
    expect(config.image).toMatchObject({ channels: "bgr", range: 255, mean: [0, 0, 0], deviation: [1, 1, 1] });
    expect(config.backbone?.features).toBe("embedding");
    const model = createModel(config, createPictures(config).input, await backboneFiles(config));
    expect(model.featureSize).toBe(512);
    // One stage for each size of its maps: the first convolution, fire 2 and 3, fire 4 and 5, fire 6 to 9.
    expect(model.stages.map(({ parameters }) => parameters.length)).toEqual([3, 12, 12, 24]);
    const variables = new Variables();
    variables.add({ model: model.parameters }, new Random(1));
    const random = new Random(2);
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, () => random.integer(256));
    const program = await compileEmbedding(model, variables, new Map(), { threads: 1 }, "features");
    const ours = (await program.run({ x: { data: pixels, shape: [1, 64, 64, 3] } })).embedding!.data as Float32Array;
    const planes = Float32Array.from(pixels, (_, at) => pixels[(at % 4096) * 3 + 2 - Math.floor(at / 4096)]!);
    const file = await openModelFile(await readFile(path));
    const { embedding } = await file.run({ data: { data: planes, shape: [1, 3, 64, 64] } });
    const largest = Math.max(...(embedding!.data as Float32Array));
    ours.forEach((value, i) => expect(Math.abs(value - Number(embedding!.data[i]))).toBeLessThan(1e-4 * largest));
    await file.release();
    await program.release();
  });
});
