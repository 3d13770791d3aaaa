import { expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import { compile, openModelFile, Variables } from "../../src/run/index.js";
import { type ImageInput, parseConfig } from "../../src/train/index.js";
import { createModel, exportModel } from "../../src/train/model.js";
import { prepareImages } from "../../src/train/preparation.js";

const base: ImageInput = {
  kind: "image",
  size: 8,
  crop: 1,
  workingSide: 8,
  channels: "rgb",
  range: 1,
  mean: [0.5, 0.25, 0.125],
  deviation: [0.5, 2, 0.25],
};
const random = new Random(1);
const pixels = Uint8Array.from({ length: 2 * 8 * 8 * 3 }, () => random.integer(256));

/** Position by position, as the documentation words it. */
function byHand({ channels, range, mean, deviation }: ImageInput): number[] {
  const values: number[] = [];
  for (let picture = 0; picture < 2; picture++) {
    for (let channel = 0; channel < 3; channel++) {
      const source = channels === "rgb" ? channel : 2 - channel;
      for (let place = 0; place < 64; place++) {
        const byte = pixels[(picture * 64 + place) * 3 + source]!;
        values.push(((byte / 255) * range - mean[channel]!) / deviation[channel]!);
      }
    }
  }
  return values;
}

test.each([
  ["RGB in 0..1", base],
  ["BGR in 0..1", { ...base, channels: "bgr" as const }],
  ["RGB in 0..255", { ...base, range: 255 as const, mean: [123, 117, 104], deviation: [58, 57, 57] }],
  [
    "raw BGR in 0..255, as Caffe's networks take it",
    { ...base, channels: "bgr" as const, range: 255 as const, mean: [0, 0, 0], deviation: [1, 1, 1] },
  ],
])("%s: pictures reach the network as worded", async (_, input) => {
  const program = await compile(({ x }) => ({ outputs: { y: prepareImages(x, input) } }), {
    x: { dtype: "uint8", shape: ["n", 8, 8, 3] },
  });
  const { y } = await program.run({ x: { data: pixels, shape: [2, 8, 8, 3] } });
  expect(y!.shape).toEqual([2, 3, 8, 8]);
  const largest = byHand(input).reduce((top, value) => Math.max(top, Math.abs(value)), 1);
  byHand(input).forEach((value, i) => expect(Math.abs(Number(y!.data[i]) - value)).toBeLessThan(1e-6 * largest));
  await program.release();
});

test("statistics that are not given are ImageNet's, in the order and range of the network", () => {
  const { image } = parseConfig({ image: { channels: "bgr", range: 255 } });
  [103.53, 116.28, 123.675].forEach((value, i) => expect(image.mean[i]).toBeCloseTo(value, 10));
  [57.375, 57.12, 58.395].forEach((value, i) => expect(image.deviation[i]).toBeCloseTo(value, 10));
  expect(parseConfig({ image: { range: 255, mean: [1, 2, 3] } }).image.mean).toEqual([1, 2, 3]);
  expect(() => parseConfig({ image: { range: 2 } } as never)).toThrow(/image\.range/);
});

test("an exported model takes RGB bytes whatever its network takes", async () => {
  const config = parseConfig({ image: { size: 8 }, backbone: { name: "conv4", width: 4, depth: 2 } });
  const grey = { ...base, mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] };
  const swapped = pixels.map((_, i) => pixels[i - (i % 3) + 2 - (i % 3)]!);
  const embeddings: Float32Array[] = [];
  for (const [channels, data] of [["rgb", pixels] as const, ["bgr", swapped] as const]) {
    const model = createModel(config, { ...grey, channels });
    const variables = new Variables();
    variables.add({ model: model.parameters }, new Random(3));
    const file = await openModelFile(exportModel(model, variables, new Map()));
    expect(JSON.parse(file.metadata.simile!).input.channels).toBe(channels);
    const { embedding } = await file.run({ image: { data, shape: [2, 8, 8, 3] } });
    embeddings.push(embedding!.data as Float32Array);
    await file.release();
  }
  expect(Math.max(...embeddings[0]!.map((value, i) => Math.abs(value - embeddings[1]![i]!)))).toBeLessThan(1e-6);
});
