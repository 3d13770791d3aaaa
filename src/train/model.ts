import type { LearnedMap } from "../distances/index.js";
import { simplify } from "../grad/index.js";
import {
  type Dim,
  input,
  type NumericArray,
  type Parameter,
  type ParameterTree,
  scope,
  type Tensor,
} from "../graph/index.js";
import { type Context, context, dense, initializers, type Layer, l2Normalize, layerNorm } from "../nn/index.js";
import { writeModel } from "../onnx/index.js";
import type { Variables } from "../run/index.js";
import { type Choice, create } from "./choice.js";
import type { TrainConfig } from "./config.js";
import { type ModelInput, prepareImages } from "./preparation.js";
import { backbones } from "./pretrained/backbone.js";
import type { BackboneFiles } from "./pretrained/options.js";
import { type Stage, treeStages } from "./tuning.js";

/** Backbone and head: from decoded images or vectors to embeddings. */
export interface EmbeddingModel {
  /** Name of the backbone. */
  readonly backbone: string;
  readonly parameters: ParameterTree;
  /** Parts of the backbone from input to output. */
  readonly stages: readonly Stage[];
  readonly input: ModelInput;
  /** Numbers in an embedding. */
  readonly dimension: number;
  /** How embeddings are compared: cosine for those of length 1. */
  readonly distance: "cosine" | "euclidean";
  /** Element type and shape of a batch of inputs: uint8 [n, size, size, 3] RGB, or float32 [n, dimension]. */
  specification(batch: Dim): { dtype: "uint8" | "float32"; shape: Dim[] };
  /** Numbers that the backbone gives. */
  readonly featureSize: number;
  /** What the backbone gives for a batch, before the head: [n, featureSize]. */
  features(x: Tensor, context: Context): Tensor;
  /** Embeddings [n, dimension] of a batch. */
  embed(x: Tensor, context: Context): Tensor;
}

/** Vectors made by a model need a map, not a network: docs/vectors.md has the comparison. */
function usualBackbone({ kind }: ModelInput): Choice {
  return kind === "image" ? { name: "conv4" } : { name: "mlp", hidden: [] };
}

/** The model that a configuration describes, for inputs of the kind that the data have; `files`: of the backbone `onnx`. */
export function createModel(config: TrainConfig, modelInput: ModelInput, files: BackboneFiles = {}): EmbeddingModel {
  const choice = config.backbone ?? usualBackbone(modelInput);
  const size = modelInput.kind === "image" ? { imageSize: modelInput.size } : { inputSize: modelInput.dimension };
  const backbone = create(backbones, choice, { ...size, ...files });
  const { normalize, layerNorm: normalizeFeatures } = config.head;
  const { featureSize } = backbone;
  const dimension = config.head.dimension ?? (modelInput.kind === "image" ? 128 : Math.min(featureSize, 1536));
  // Vectors that come without hidden layers in between are good for something already: begin with what they are.
  const passesOn = modelInput.kind === "vector" && modelInput.dimension === featureSize && featureSize === dimension;
  const head: Record<string, Layer> = {
    ...(normalizeFeatures && { norm: layerNorm(featureSize) }),
    embedding: dense(featureSize, dimension, passesOn ? { initializer: initializers.identity } : {}),
  };
  const features = (x: Tensor, ctx: Context) => {
    const isPrepared = modelInput.kind === "vector" || backbone.takesBytes;
    const prepared = isPrepared ? x : scope("input", () => prepareImages(x, modelInput));
    return scope("backbone", () => backbone.apply(prepared, ctx));
  };
  return {
    backbone: choice.name,
    parameters: {
      backbone: backbone.parameters,
      head: Object.fromEntries(Object.entries(head).map(([name, layer]) => [name, layer.parameters])),
    },
    stages: backbone.stages ?? treeStages(backbone.parameters),
    input: modelInput,
    dimension,
    distance: normalize ? "cosine" : "euclidean",
    featureSize: backbone.featureSize,
    specification: (batch) =>
      modelInput.kind === "image"
        ? { dtype: "uint8", shape: [batch, modelInput.size, modelInput.size, 3] }
        : { dtype: "float32", shape: [batch, modelInput.dimension] },
    features,
    embed(x, ctx) {
      const found = features(x, ctx);
      return scope("head", () => {
        const embedding = Object.values(head).reduce((value, layer) => layer.apply(value, ctx), found);
        return normalize ? l2Normalize(embedding) : embedding;
      });
    },
  };
}

/** A model whose embeddings go through the map that the loss learns, behind which they are compared. */
export function behindMap(model: EmbeddingModel, learned: LearnedMap | undefined): EmbeddingModel {
  if (learned === undefined) return model;
  return {
    ...model,
    dimension: learned.dimension,
    distance: "euclidean",
    embed: (x, ctx) => scope("map", () => learned.project(model.embed(x, ctx))),
  };
}

/**
 * Bytes of a self-contained ONNX file: input `image` (uint8 RGB [batch, size, size, 3]; normalisation is part of the graph) or
 * `vector` (float32 [batch, dimension]), output `embedding` [batch, D]. The metadata key `simile` says how to prepare inputs.
 */
export function exportModel(
  model: EmbeddingModel,
  variables: Variables,
  replacements: ReadonlyMap<Parameter, Parameter>,
): Uint8Array {
  const { dtype, shape } = model.specification("batch");
  const x = input(model.input.kind, dtype, shape);
  const [embedding] = simplify([model.embed(x, context({ training: false }))]);
  const names = variables.names();
  const values = new Map<Parameter, NumericArray>();
  for (const parameter of names.keys())
    values.set(parameter, variables.value(replacements.get(parameter) ?? parameter));
  const { input: source, dimension, distance } = model;
  const metadata = { simile: JSON.stringify({ input: source, dimension, distance }) };
  return writeModel({ outputs: { embedding: embedding! }, parameters: names, values, metadata, name: "embedding" })
    .bytes;
}
