import { describe, expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import { type ModelInput, parseConfig, type TrainOptions } from "../../src/train/index.js";
import { createModel } from "../../src/train/model.js";
import { createObjective } from "../../src/train/objective.js";
import { createTrainer, type Trainer } from "../../src/train/trainer.js";

const BATCH = 24;
const IMAGE: ModelInput = {
  kind: "image",
  size: 16,
  crop: 1,
  workingSide: 16,
  channels: "rgb",
  range: 1,
  mean: [0.5, 0.5, 0.5],
  deviation: [0.25, 0.25, 0.25],
};
const VECTOR: ModelInput = { kind: "vector", dimension: 10 };

function trainerOf(input: ModelInput, options: TrainOptions): Promise<Trainer> {
  const config = parseConfig({ batchSize: BATCH, head: { dimension: 8 }, ...options });
  const objective = createObjective(config, { classes: 6, dimension: 8, positivesPerQuery: 3 });
  return createTrainer(config, createModel(config, input), objective, {}, new Random(5));
}

function batchOf(input: ModelInput, seed: number) {
  const random = new Random(seed);
  const x =
    input.kind === "image"
      ? Uint8Array.from({ length: BATCH * input.size ** 2 * 3 }, () => random.integer(256))
      : Float32Array.from({ length: BATCH * input.dimension }, () => random.normal());
  return { x, labels: BigInt64Array.from({ length: BATCH }, (_, i) => BigInt(Math.floor(i / 4))) };
}

async function run(input: ModelInput, options: TrainOptions, steps = 3) {
  const trainer = await trainerOf(input, options);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await trainer.step(batchOf(input, i), 0.01, new Random(i))).loss);
  const values = trainer.variables
    .entries()
    .map(
      ([name, parameter]) => [name, Array.from(trainer.variables.value(parameter) as Float32Array, Number)] as const,
    );
  await trainer.release();
  return { losses, values };
}

const frozenConv4 = { name: "conv4", width: 6, frozen: true };
const mlp = { name: "mlp", norm: false, hidden: [12] };
const memory = { name: "cross-batch-memory", size: 48 };
const cases: [string, ModelInput, TrainOptions][] = [
  ["multi-similarity over images", IMAGE, { backbone: frozenConv4, image: { size: 16 } }],
  ["its miner", VECTOR, { backbone: mlp, miner: "multi-similarity", average: 0.5 }],
  ["NT-Xent over vectors", VECTOR, { backbone: mlp, loss: "nt-xent" }],
  ["proxies", VECTOR, { backbone: mlp, loss: "proxy-anchor", optimizer: { clipNorm: 0.5 } }],
  ["a memory", VECTOR, { backbone: mlp, loss: memory }],
];

describe.each(cases)("gradient caching with %s", (_, input, options) => {
  // Momentum alone: Adam would turn rounding of tiny gradients into whole steps.
  const config: TrainOptions = { ...options, optimizer: { name: "sgd", momentum: 0.9, ...options.optimizer } };

  test.each([4, 12, 24])("pieces of %i teach what the whole batch teaches", async (pieceSize) => {
    const whole = await run(input, config);
    const pieces = await run(input, { ...config, pieceSize });
    whole.losses.forEach((loss, i) => expect(pieces.losses[i]).toBeCloseTo(loss, 4));
    expect(pieces.values.map(([name]) => name)).toEqual(whole.values.map(([name]) => name));
    whole.values.forEach(([name, expected], i) => {
      const largest = Math.max(...expected.map(Math.abs), 1e-3);
      expected.forEach((value, j) =>
        expect(Math.abs(pieces.values[i]![1][j]! - value) / largest, name).toBeLessThan(1e-4),
      );
    });
  });
});

test("a piece meets the same random numbers on both of its ways", async () => {
  // One step of plain descent at rate 1 shows the gradient; it must be the slope of the loss under the same masks.
  const backbone = { ...mlp, dropout: 0.5 };
  const options: TrainOptions = {
    pieceSize: 8,
    backbone,
    loss: "nt-xent",
    optimizer: { name: "sgd", momentum: 0, weightDecay: 0 },
  };
  const trainer = await trainerOf(VECTOR, options);
  const all = trainer.variables.entries();
  const before = all.map(([, parameter]) => trainer.variables.value(parameter).slice());
  const [, weight] = all.find(([name]) => name.includes("head") && name.endsWith("weight"))!;
  const held = () => trainer.variables.value(weight) as Float32Array;
  const start = held().slice();
  const lossAt = async (values: Float32Array, rate: number) => {
    all.forEach(([, parameter], i) => trainer.variables.assign(parameter, before[i]!));
    trainer.variables.assign(weight, values);
    return (await trainer.step(batchOf(VECTOR, 1), rate, new Random(3))).loss;
  };
  await lossAt(start, 1);
  const gradient = held().map((value, i) => start[i]! - value);
  const size = Math.hypot(...gradient);
  const along = (step: number) => start.map((value, i) => value + (step * gradient[i]!) / size);
  const slope = ((await lossAt(along(5e-3), 0)) - (await lossAt(along(-5e-3), 0))) / 1e-2;
  expect(slope).toBeCloseTo(size, 2);
  await trainer.release();
});

test("pieces must divide the batch", async () => {
  await expect(trainerOf(VECTOR, { pieceSize: 7 })).rejects.toThrow("a size that divides the batch of 24");
});
