import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, namedParameters } from "../../src/graph/index.js";
import { context } from "../../src/nn/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { type ModelInput, parseConfig } from "../../src/train/index.js";
import { createModel } from "../../src/train/model.js";
import { createObjective } from "../../src/train/objective.js";
import { createTrainer } from "../../src/train/trainer.js";

const image: ModelInput = {
  kind: "image",
  size: 16,
  crop: 1,
  workingSide: 16,
  channels: "rgb",
  range: 1,
  mean: [0.5, 0.5, 0.5],
  deviation: [0.25, 0.25, 0.25],
};
const config = parseConfig({
  batchSize: 8,
  image: { size: 16 },
  backbone: { name: "conv4", width: 8 },
  head: { dimension: 8 },
  optimizer: { learningRate: 0.01 },
});
const sizes = { classes: 4, dimension: 8 };

function batch(seed: number) {
  const random = new Random(seed);
  return {
    x: Uint8Array.from({ length: 8 * 16 * 16 * 3 }, () => random.integer(256)),
    labels: BigInt64Array.from([0, 0, 1, 1, 2, 2, 3, 3], BigInt),
  };
}

test("gradients of a whole network in training are those of central differences", async () => {
  // Blocks of equal width have equal batch normalisations: what they keep for the gradient must not be shared.
  const model = createModel(config, image);
  const objective = createObjective(config, sizes);
  const { dtype, shape } = model.specification(8);
  const x = input("x", dtype, shape);
  const labels = input("labels", "int64", [8]);
  const training = context({ training: true });
  const loss = objective.apply(model.embed(x, training), labels, training);
  const variables = new Variables();
  variables.add({ model: model.parameters }, new Random(4));
  const trained = namedParameters(model.parameters).filter(([, parameter]) => parameter.trainable);
  const gradients = grad(
    loss,
    trained.map(([, parameter]) => parameter),
  );
  const outputs = Object.fromEntries(gradients.map((gradient, i) => [`${i}`, gradient]));
  const program = await compileGraph({ outputs: { loss, ...outputs } }, { variables });
  const feeds = batch(1);
  const results = await program.run(feeds);
  const lossNow = async () => Number((await program.run(feeds)).loss!.data[0]);
  const random = new Random(9);
  for (const [i, [name, parameter]] of trained.entries()) {
    const values = variables.value(parameter) as Float32Array;
    const kept = values.slice();
    const direction = Float32Array.from(values, () => random.normal());
    const step = 5e-3 / Math.sqrt(values.length);
    const gradient = results[`${i}`]!.data as Float32Array;
    const slope = gradient.reduce((sum, g, j) => sum + g * direction[j]!, 0);
    const at = async (sign: number) => {
      for (let j = 0; j < values.length; j++) values[j] = kept[j]! + sign * step * direction[j]!;
      return lossNow();
    };
    const difference = ((await at(1)) - (await at(-1))) / (2 * step);
    values.set(kept);
    expect(Math.abs(slope - difference), name).toBeLessThan(0.05 * Math.max(0.2, Math.abs(difference)));
  }
  await program.release();
});

test("a trainer overfits one batch, and moves the running statistics", async () => {
  const model = createModel(config, image);
  const trainer = await createTrainer(config, model, createObjective(config, sizes), {}, new Random(1));
  const statistics = trainer.variables.entries().filter(([, parameter]) => !parameter.trainable);
  const running = statistics.find(([name]) => name.startsWith("model."))![1];
  const before = [...(trainer.variables.value(running) as Float32Array)];
  const losses: number[] = [];
  for (let i = 0; i < 40; i++) losses.push((await trainer.step(batch(3), 0.01, new Random(i))).loss);
  expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
  expect([...(trainer.variables.value(running) as Float32Array)]).not.toEqual(before);
  await trainer.release();
});
