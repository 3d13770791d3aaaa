import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, namedParameters, type Parameter, type Tensor } from "../../src/graph/index.js";
import { type Backbone, backbones, context, countParameters } from "../../src/nn/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";

const random = new Random(8);

interface Step {
  readonly features: readonly number[];
  readonly gradientNorms: ReadonlyMap<string, number>;
  /** Running statistics that the step changed. */
  readonly moved: readonly string[];
}

/** One forward and backward pass in training, with updates. */
async function step(backbone: Backbone, shape: readonly number[]): Promise<Step> {
  const variables = new Variables();
  variables.add(backbone.parameters, new Random(1));
  const named = namedParameters(backbone.parameters);
  const fixed = named.filter(([, { trainable }]) => !trainable);
  const before = new Map(
    fixed.map(([name, parameter]) => [name, (variables.value(parameter) as Float32Array).slice()]),
  );
  const updates = new Map<Parameter, Tensor>();
  const training = context({ training: true, update: (parameter, value) => updates.set(parameter, value) });
  const features = backbone.apply(input("x", "float32", shape), training);
  expect(features.shape).toEqual([shape[0], backbone.featureSize]);
  const trained = named.filter(([, { trainable }]) => trainable);
  const gradients = grad(
    features.square().mean(),
    trained.map(([, parameter]) => parameter),
  );
  const outputs = Object.fromEntries(trained.map(([name], i) => [name, gradients[i]!.square().sum()]));
  const program = await compileGraph({ outputs: { features, ...outputs }, updates }, { variables });
  const x = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  const results = await program.run({ x }, new Random(2));
  await program.release();
  const changed = ([name, parameter]: [string, Parameter]) =>
    (variables.value(parameter) as Float32Array).some((value, i) => value !== before.get(name)![i]);
  return {
    features: [...(results.features!.data as Float32Array)],
    gradientNorms: new Map(trained.map(([name]) => [name, Number(results[name]!.data[0])])),
    moved: fixed.filter(changed).map(([name]) => name),
  };
}

const image = [4, 3, 32, 32];
const variants: [string, string, Record<string, unknown>, number[]][] = [
  ["conv4, mean over places", "conv4", { width: 8, pooling: "average" }, image],
  ["conv4, flattened", "conv4", { width: 8, depth: 3, pooling: "flatten", imageSize: 20 }, [4, 3, 20, 20]],
  ["conv4, gem", "conv4", { width: 8, pooling: "gem" }, image],
  ["resnet18", "resnet18", { width: 4 }, image],
  ["resnet18, small stem", "resnet18", { width: 4, stem: "small" }, [4, 3, 16, 16]],
  ["resnet50", "resnet50", { width: 4 }, image],
  ["resnet50, small stem", "resnet50", { width: 4, stem: "small" }, [4, 3, 16, 16]],
  ["bn-inception, odd sizes", "bn-inception", {}, [2, 3, 53, 40]],
  ["mlp", "mlp", { inputSize: 5, hidden: [7, 6], dropout: 0.2 }, [4, 5]],
];

test.each(variants)("%s: features, gradients everywhere, running statistics move", async (_, name, options, shape) => {
  const backbone = backbones.create(name, options);
  const { features, gradientNorms, moved } = await step(backbone, shape);
  expect(features.every(Number.isFinite)).toBe(true);
  expect(new Set(features.map((value) => value.toFixed(4))).size).toBeGreaterThan(features.length / 4);
  const dead = [...gradientNorms].filter(([, norm]) => !(norm > 0 && Number.isFinite(norm)));
  expect(dead).toEqual([]);
  const statistics = namedParameters(backbone.parameters).flatMap(([path, { trainable }]) => (trainable ? [] : [path]));
  expect(moved).toEqual(statistics);
  expect(moved.length).toBeGreaterThan(0);
});

test.each(variants)("%s, frozen: statistics stay, no batch normalisation learns", async (_, name, options, shape) => {
  const backbone = backbones.create(name, { ...options, frozen: true });
  const { moved, gradientNorms } = await step(backbone, shape);
  expect(moved).toEqual([]);
  expect([...gradientNorms.keys()].some((path) => path.includes("norm."))).toBe(false);
  expect(gradientNorms.size).toBeGreaterThan(0);
});

// Published counts, of which classifiers are taken off: torchvision's ResNets have 11,689,512 and 25,557,032 with 1000
// classes. BN-Inception has 11,295,240 with 1000 classes (1,025,000) and with a void bias at each convolution.
const counts: [string, Record<string, unknown>, number, number][] = [
  ["conv4", { pooling: "average" }, 3 * 9 * 64 + 3 * 64 * 64 * 9 + 4 * 128, 64],
  ["conv4", { pooling: "flatten", imageSize: 84 }, 3 * 9 * 64 + 3 * 64 * 64 * 9 + 4 * 128, 1600],
  ["resnet18", {}, 11_689_512 - 513_000, 512],
  ["resnet50", {}, 25_557_032 - 2_049_000, 2048],
  ["mlp", { inputSize: 10, hidden: [20, 30] }, 200 + 600 + 100, 30],
  ["mlp", { inputSize: 10, hidden: [] }, 0, 10],
];

test.each(counts)("%s %o has its published number of parameters", (name, options, trained, featureSize) => {
  const backbone = backbones.create(name, options);
  expect(countParameters(backbone.parameters).trained).toBe(trained);
  expect(backbone.featureSize).toBe(featureSize);
});

test("bn-inception has its published number of parameters", () => {
  const backbone = backbones.create("bn-inception");
  const biases = namedParameters(backbone.parameters)
    .filter(([path]) => path.endsWith("conv.weight"))
    .reduce((sum, [, { shape }]) => sum + shape[0]!, 0);
  expect(countParameters(backbone.parameters).trained + biases).toBe(11_295_240 - 1_025_000);
  expect(backbone.featureSize).toBe(1024);
});

test("at 224 pixels the sizes are those of the papers", () => {
  const places = (name: string) => {
    const y = backbones.create(name).apply(input("x", "float32", ["batch", 3, 224, 224]), context());
    // The last node with four axes is what the global pooling sees.
    let tensor: Tensor = y;
    while (tensor.rank !== 4) tensor = tensor.node.inputs[0]!;
    return tensor.shape;
  };
  expect(places("resnet18")).toEqual(["batch", 512, 7, 7]);
  expect(places("resnet50")).toEqual(["batch", 2048, 7, 7]);
  expect(places("bn-inception")).toEqual(["batch", 1024, 7, 7]);
  expect(places("conv4")).toEqual(["batch", 64, 14, 14]);
});

test("the registry describes every backbone", () => {
  expect(backbones.names).toEqual(["bn-inception", "conv4", "mlp", "resnet18", "resnet50"]);
  for (const { summary, input: kind } of backbones.entries) {
    expect(summary.length).toBeGreaterThan(10);
    expect(["image", "vector"]).toContain(kind);
  }
  expect(() => backbones.create("conv4", { widht: 3 })).toThrow(/conv4.*widht|widht/);
  expect(() => backbones.create("mlp", {})).toThrow(/inputSize/);
});
