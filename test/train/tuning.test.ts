import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, namedParameters, type Parameter, reachableNodes } from "../../src/graph/index.js";
import { context } from "../../src/nn/index.js";
import { Random } from "../../src/rng/index.js";
import { type ModelInput, parseConfig, type TrainConfig, type TrainOptions } from "../../src/train/index.js";
import { createModel, type EmbeddingModel } from "../../src/train/model.js";
import { createObjective } from "../../src/train/objective.js";
import { createTrainer, type Trainer } from "../../src/train/trainer.js";
import { frozenParameters, tuningPhases } from "../../src/train/tuning.js";

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

function configOf(options: TrainOptions): TrainConfig {
  return parseConfig({
    batchSize: 8,
    image: { size: 16 },
    backbone: { name: "conv4", width: 4, depth: 3 },
    head: { dimension: 8 },
    ...options,
  });
}

interface Case {
  readonly model: EmbeddingModel;
  readonly trainer: Trainer;
  /** Names of the model's parameters whose values are not those of the beginning. */
  moved(): string[];
}

async function start(options: TrainOptions): Promise<Case> {
  const config = configOf(options);
  const model = createModel(config, image);
  const objective = createObjective(config, { classes: 4, dimension: 8 });
  const trainer = await createTrainer(config, model, objective, {}, new Random(1));
  const named = namedParameters(model.parameters);
  const before = new Map(named.map(([name, parameter]) => [name, trainer.variables.value(parameter).slice()]));
  return {
    model,
    trainer,
    moved: () =>
      named.flatMap(([name, parameter]) =>
        Buffer.from(trainer.variables.value(parameter).buffer).equals(Buffer.from(before.get(name)!.buffer))
          ? []
          : [name],
      ),
  };
}

function batch(seed: number) {
  const random = new Random(seed);
  return {
    x: Uint8Array.from({ length: 8 * 16 * 16 * 3 }, () => random.integer(256)),
    labels: BigInt64Array.from([0, 0, 1, 1, 2, 2, 3, 3], BigInt),
  };
}

async function steps({ trainer }: Case, count: number, from = 0): Promise<void> {
  for (let i = from; i < from + count; i++) await trainer.step(batch(i), 0.01, new Random(i), i);
}

const blocks = (names: readonly string[]) => [...new Set(names.map((name) => name.split(".").slice(0, 2).join(".")))];

describe("freezing", () => {
  test.each([
    ["none", ["backbone.block1", "backbone.block2", "backbone.block3", "head.embedding"]],
    ["all", ["head.embedding"]],
    ["stages:1", ["backbone.block2", "backbone.block3", "head.embedding"]],
    ["stages:-1", ["backbone.block3", "head.embedding"]],
    ["block[12]|head", ["backbone.block3"]],
  ])("%s: what is frozen keeps its bits, statistics included, and the rest moves", async (freeze, expected) => {
    const started = await start({ freeze });
    await steps(started, 3);
    expect(blocks(started.moved())).toEqual(expected);
    await started.trainer.release();
  });

  test("neither gradients nor optimiser state exist for what is frozen", async () => {
    const { model, trainer } = await start({ freeze: "stages:-1", average: 0.9 });
    const names = trainer.variables.entries().map(([name]) => name);
    const kept = names.filter((name) => /^(optimizer|average)\..*block/.test(name));
    expect(blocks(kept.map((name) => name.replace(/^(optimizer|average)\.model\./, "")))).toEqual(["backbone.block3"]);
    const frozen = frozenParameters("stages:-1", model);
    const taught = namedParameters(model.parameters).flatMap(([, parameter]) =>
      parameter.trainable && !frozen.has(parameter) ? [parameter] : [],
    );
    const convolutions = (parameters: readonly Parameter[]) => {
      const { dtype, shape } = model.specification(8);
      const loss = model.embed(input("x", dtype, shape), context({ training: true })).sum();
      return reachableNodes(grad(loss, parameters)).filter(({ op }) => /conv/i.test(op.name)).length;
    };
    const all = namedParameters(model.parameters).flatMap(([, parameter]) => (parameter.trainable ? [parameter] : []));
    // Three to compute; gradients of the last one's weights, or of all weights and of two inputs.
    expect([convolutions(taught), convolutions(all)]).toEqual([4, 8]);
    await trainer.release();
  });

  test.each([
    ["stages:4", /freeze: expected at most 3 stages \(block1, block2, block3\), received 4/],
    ["(", /freeze: expected none, all, stages:N or a regular expression/],
    ["blok1", /freeze: expected a pattern that is found.* they are called backbone\.block1\.unit\.conv\.weight/],
  ])("%s is refused", (freeze, message) => {
    expect(() => frozenParameters(configOf({ freeze }).freeze, createModel(configOf({}), image))).toThrow(message);
  });
});

test("the backbone learns at its own rate", async () => {
  const optimizer = { name: "sgd", momentum: 0, weightDecay: 0 } as const;
  const changes = await Promise.all(
    [1, 0.25].map(async (backboneMultiplier) => {
      const { model, trainer } = await start({ optimizer, backboneMultiplier });
      const values = () =>
        namedParameters(model.parameters).map(
          ([, parameter]) => [...trainer.variables.value(parameter)].map(Number) as number[],
        );
      const before = values();
      await trainer.step(batch(1), 0.1, new Random(1));
      const after = values();
      await trainer.release();
      return after.map((numbers, i) => numbers.map((value, j) => value - before[i]![j]!));
    }),
  );
  const names = namedParameters(createModel(configOf({}), image).parameters);
  names.forEach(([name, { trainable }], i) => {
    const factor = trainable && name.startsWith("backbone.") ? 0.25 : 1;
    changes[0]![i]!.forEach((change, j) => expect(changes[1]![i]![j]!, name).toBeCloseTo(change * factor, 5));
  });
});

describe("gradual unfreezing", () => {
  test("stages begin to learn one by one, the last first", async () => {
    const started = await start({ freeze: "all", unfreezeEvery: 2, steps: 100 });
    await steps(started, 2);
    expect(blocks(started.moved())).toEqual(["head.embedding"]);
    await steps(started, 2, 2);
    expect(blocks(started.moved())).toEqual(["backbone.block3", "head.embedding"]);
    await steps(started, 4, 4);
    expect(blocks(started.moved())).toHaveLength(4);
    await started.trainer.release();
  });

  test("each begins with Adam's first step, whatever the others have done", async () => {
    const started = await start({ freeze: "stages:-1", unfreezeEvery: 3, optimizer: { name: "adam", weightDecay: 0 } });
    await steps(started, 3);
    const weight = namedParameters(started.model.parameters).find(([name]) => name.includes("block2.unit.conv"))![1];
    const before = started.trainer.variables.value(weight).slice() as Float32Array;
    await steps(started, 1, 3);
    const after = started.trainer.variables.value(weight) as Float32Array;
    const largest = Math.max(...after.map((value, i) => Math.abs(value - before[i]!)));
    expect(largest).toBeGreaterThan(0.0095);
    expect(largest).toBeLessThan(0.0101);
    await started.trainer.release();
  });

  test("phases beyond the last step are none, and patterns thaw by stage", () => {
    const model = createModel(configOf({}), image);
    const phases = (freeze: string, unfreezeEvery: number, last: number) =>
      tuningPhases({ freeze, unfreezeEvery, steps: last }, model).map(({ from, frozen }) => [from, frozen.size]);
    expect(phases("none", 5, 100)).toEqual([[0, 0]]);
    expect(phases("all", 5, 12).map(([from]) => from)).toEqual([0, 5, 10]);
    expect(phases("conv.weight|head", 5, 100)).toEqual([
      [0, 5],
      [5, 3],
      [10, 2],
      [15, 1],
      [20, 0],
    ]);
  });

  test("works piece by piece as well", async () => {
    const started = await start({ freeze: "all", unfreezeEvery: 1, pieceSize: 4 });
    await steps(started, 2);
    expect(blocks(started.moved())).toEqual(["backbone.block3", "head.embedding"]);
    await started.trainer.release();
  });
});
