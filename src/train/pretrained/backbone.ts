import { z } from "zod";
import { SimileError } from "../../errors/index.js";
import { formatShape, input, type Parameter, reachableParameters, type Tensor } from "../../graph/index.js";
import {
  type Backbone,
  type BackboneEntry,
  type Context,
  context,
  gem,
  globalAveragePool,
  globalMaxPool,
  type Layer,
  backbones as native,
  pure,
} from "../../nn/index.js";
import {
  decodeModel,
  defaultFeatures,
  elementTypes,
  encodeModel,
  type ImportedModel,
  importModel,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
  valueCalled,
} from "../../onnx/index.js";
import { Registry } from "../../registry/index.js";
import { imageInput } from "./preprocessing.js";
import { importedStages } from "./stages.js";

const options = z.strictObject({
  model: z.string().describe("ONNX file, or the folder of a run of Simile"),
  sha256: z.string().optional().describe("checksum of the file; filled in"),
  preparation: z.string().optional().describe("where the preparation of pictures was read; filled in"),
  features: z
    .string()
    .optional()
    .describe("node or value to take as features (default: input of the classifier; without one, the output)"),
  pooling: z
    .enum(["average", "max", "gem"])
    .default("average")
    .describe("how a map [N, C, H, W] becomes a vector; tokens [N, T, C] can be averaged or their maximum taken"),
  layout: z.enum(["nchw", "nhwc"]).optional().describe("order of the input's axes (default: as its shape says)"),
  imageSize: z.number().int().positive().optional().describe("height and width of the images; filled in"),
  inputSize: z.number().int().positive().optional().describe("numbers in an input vector; filled in"),
  bytes: z.instanceof(Uint8Array).describe("the file itself; filled in"),
  external: z
    .custom<ReadonlyMap<string, Uint8Array>>((value) => value instanceof Map)
    .default(new Map())
    .describe("files beside it that hold weights, by name; filled in"),
});

/** Options of the backbone `onnx`. */
export type OnnxBackboneOptions = z.input<typeof options>;

function wrongFeatures(features: string, received: Tensor): SimileError {
  return new SimileError({
    code: "shape-mismatch",
    where: `backbone.features ${features}`,
    expected: "vectors [N, F], maps [N, C, H, W] or tokens [N, T, C], of known size",
    received: formatShape(received.shape),
    remedy: "take another value; `simile inspect MODEL.onnx` lists where features can be taken",
  });
}

/** What makes vectors of features of a shape, and how many numbers these have. */
function pooler(features: Tensor, kind: "average" | "max" | "gem", name: string): { layer?: Layer; size: number } {
  const { shape } = features;
  const size = shape.length === 3 ? shape[2] : shape[1];
  if (![2, 3, 4].includes(shape.length) || typeof size !== "number") throw wrongFeatures(name, features);
  if (shape.length === 2) return { size };
  if (shape.length === 4) {
    const layers = { average: globalAveragePool, max: globalMaxPool, gem: () => gem() };
    return { layer: layers[kind](), size };
  }
  if (kind === "gem") throw wrongFeatures(name, features);
  return { layer: pure("pooling", (x) => (kind === "max" ? x.max(1) : x.mean(1))), size };
}

/** Pictures as a model's input has them: our backbones get [N, 3, H, W]. */
function arranged(model: ModelProto, layout: "nchw" | "nhwc" | undefined): (x: Tensor) => Tensor {
  const image = imageInput(model);
  if (image?.bytes) return (x) => x;
  return (layout ?? image?.layout) === "nhwc" ? (x) => x.transpose([0, 2, 3, 1]) : (x) => x;
}

/** Every name that a node reads, its nested graphs' included. */
function namesRead({ input, attribute }: NodeProto): string[] {
  return [...input, ...attribute.flatMap(({ g }) => g?.node.flatMap(namesRead) ?? [])];
}

/**
 * The part of a model that its value `cut` depends on. Models exported for one picture at a time are taken for any number:
 * the first axis of an input is the batch.
 */
function modelUpTo(cut: string, model: ModelProto): ModelProto {
  const needed = new Set([cut]);
  const nodes = model.graph.node.toReversed().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    for (const name of namesRead(node)) needed.add(name);
    return true;
  });
  const initializer = model.graph.initializer.filter(({ name }) => needed.has(name ?? ""));
  const stored = new Set(initializer.map(({ name }) => name));
  const input = model.graph.input.flatMap((entry): ValueInfoProto[] =>
    stored.has(entry.name) || !needed.has(entry.name) ? [] : [withFreeBatch(entry)],
  );
  const output = [{ name: cut, type: { tensorType: { elemType: elementTypes.float32 } } }];
  return { ...model, graph: { ...model.graph, node: nodes.reverse(), initializer, input, output } };
}

function withFreeBatch(entry: ValueInfoProto): ValueInfoProto {
  const type = entry.type?.tensorType;
  const [first, ...rest] = type?.shape?.dim ?? [];
  if (type === undefined || first?.dimValue === undefined) return entry;
  return { ...entry, type: { tensorType: { ...type, shape: { dim: [{ dimParam: "batch" }, ...rest] } } } };
}

function onlyInput({ inputs }: ImportedModel, where: string): string {
  const [first, ...others] = inputs;
  if (first !== undefined && others.length === 0) return first.name;
  throw new SimileError({
    code: "wrong-input",
    where,
    expected: "a model with one input, for pictures or vectors",
    received: inputs.length === 0 ? "none" : inputs.map(({ name }) => name).join(", "),
    remedy: "export that part of the model alone which takes the pictures",
  });
}

/** Weights that the features depend on: what comes after the cut is left behind. */
function usedParameters(features: Tensor, { parameters }: ImportedModel): Record<string, Parameter> {
  const used = new Set(reachableParameters([features]));
  return Object.fromEntries(Object.entries(parameters).filter(([, parameter]) => used.has(parameter)));
}

/**
 * A network read from an ONNX file, up to the value `features`: [N, 3, H, W] -> [N, F], with its weights as the start of
 * the training. Batch normalisation keeps its statistics. A model that takes decoded bytes prepares them itself.
 */
export function onnxBackbone(settings: OnnxBackboneOptions): Backbone {
  const {
    model: path,
    bytes,
    external,
    features,
    pooling,
    layout,
    imageSize = 224,
    inputSize,
  } = options.parse(settings);
  const whole = decodeModel(bytes);
  const cut = features === undefined ? defaultFeatures(whole) : valueCalled(features, whole);
  const model = modelUpTo(cut, whole);
  const imported = importModel(encodeModel(model), {
    where: path,
    // Exporters that were told of no batch fix it to 1.
    openBatch: true,
    // Nothing that a file lacks is looked for anywhere else: an empty one has too few bytes, which the importer tells.
    externalData: (location) => external.get(location) ?? new Uint8Array(),
  });
  const arrange = arranged(model, layout);
  const takesBytes = imageInput(model)?.bytes ?? false;
  const upToCut = (x: Tensor, ctx: Context) =>
    imported.apply({ [onlyInput(imported, path)]: arrange(x) }, ctx, [cut])[cut]!;
  const bytesShape = ["batch", imageSize, imageSize, 3];
  const floatShape = inputSize === undefined ? ["batch", 3, imageSize, imageSize] : ["batch", inputSize];
  const sample = takesBytes ? input("x", "uint8", bytesShape) : input("x", "float32", floatShape);
  const traced = upToCut(sample, context());
  const { layer, size } = pooler(traced, pooling, cut);
  const learned = layer && Object.keys(layer.parameters).length > 0 ? { pooling: layer.parameters } : {};
  const stages = importedStages(traced, Object.values(imported.parameters));
  return {
    parameters: { ...usedParameters(traced, imported), ...learned },
    featureSize: size,
    stages,
    takesBytes,
    apply: (x, ctx) => (layer ? layer.apply(upToCut(x, ctx), ctx) : upToCut(x, ctx)),
  };
}

export const onnxEntry: BackboneEntry<typeof options> = {
  name: "onnx",
  summary: "a network read from an ONNX file, to be fine-tuned",
  input: "image",
  options,
  create: onnxBackbone,
};

/** Every backbone by name: those of Simile, and any ONNX file. */
export const backbones = new Registry<Backbone, BackboneEntry>("backbone", [...native.entries, onnxEntry]);
