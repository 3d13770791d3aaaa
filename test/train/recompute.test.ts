import { expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import { Trace } from "../../src/run/index.js";
import { type ModelInput, parseConfig, type TrainOptions } from "../../src/train/index.js";
import { createModel } from "../../src/train/model.js";
import { createObjective } from "../../src/train/objective.js";
import { createTrainer } from "../../src/train/trainer.js";
import { peakLiveBytes } from "../grad/live-bytes.js";

const BATCH = 16;
const SIDE = 24;

/** Losses of a few steps, everything they changed, and what the largest of their programs held at once. */
async function train(options: TrainOptions) {
  const config = parseConfig({
    batchSize: BATCH,
    head: { dimension: 8 },
    backbone: { name: "resnet18", stem: "small", width: 8 },
    image: { size: SIDE },
    ...options,
    optimizer: { name: "sgd", momentum: 0.9, ...options.optimizer },
  });
  const { mean, deviation, channels, range } = config.image;
  const input: ModelInput = { kind: "image", size: SIDE, crop: 1, workingSide: SIDE, channels, range, mean, deviation };
  const objective = createObjective(config, { classes: 4, dimension: 8, positivesPerQuery: 3 });
  const trace = await Trace.open();
  try {
    const trainer = await createTrainer(config, createModel(config, input), objective, {}, new Random(5), trace);
    const random = new Random(6);
    const labels = BigInt64Array.from({ length: BATCH }, (_, i) => BigInt(i % 4));
    const losses: number[] = [];
    for (let i = 0; i < 2; i++) {
      const x = Uint8Array.from({ length: BATCH * SIDE * SIDE * 3 }, () => random.integer(256));
      losses.push((await trainer.step({ x, labels }, 0.05, new Random(i))).loss);
    }
    const { variables } = trainer;
    const values = variables
      .entries()
      .map(([name, one]) => [name, [...(variables.value(one) as Float32Array)]] as const);
    const peaks = (await trace.read()).map((session) => peakLiveBytes(session).peak);
    await trainer.release();
    return { losses, values, peak: Math.max(...peaks) };
  } finally {
    await trace.close();
  }
}

const cases: [string, TrainOptions][] = [
  ["a whole step", { average: 0.9 }],
  // Clipping needs every gradient before the first update: the order of the backward pass must hold without updates.
  ["a step with clipped gradients", { optimizer: { clipNorm: 0.1 } }],
  ["a step by gradient caching", { pieceSize: 8 }],
];

test.each(cases)("recomputation changes nothing but the memory of %s", async (_, options) => {
  const kept = await train(options);
  const again = await train({ ...options, recompute: true });
  again.losses.forEach((loss, i) => expect(loss).toBeCloseTo(kept.losses[i]!, 5));
  expect(again.values.map(([name]) => name)).toEqual(kept.values.map(([name]) => name));
  kept.values.forEach(([name, expected], i) => {
    const scale = Math.max(1e-3, ...expected.map(Math.abs));
    const errors = again.values[i]![1].map((value, j) => Math.abs(value - expected[j]!) / scale);
    expect(Math.max(...errors), name).toBeLessThan(1e-5);
  });
  expect(again.peak).toBeLessThan(0.8 * kept.peak);
});

test("recompute is yes or no", () => {
  expect(() => parseConfig({ recompute: "some" })).toThrow("recompute");
});
