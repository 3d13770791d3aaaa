import { SimileError } from "../../errors/index.js";
import { input, type Shape, type Tensor } from "../../graph/index.js";
import { defaultFeatures } from "../features.js";
import { decodeModel, type ModelProto } from "../schema.js";
import { operatorKey, opsetsOf } from "./graph.js";
import { type ImportedModel, type ImportOptions, importModel } from "./import.js";
import { opRules } from "./rules/index.js";
import { elementTypeName } from "./tensors.js";

/** A value that may serve as an embedding. */
export interface FeatureCandidate {
  /** Name of the value, to be given as an output. */
  readonly name: string;
  /** Why it is one. */
  readonly reason: string;
  /** Its shape, where it could be told. */
  readonly shape: Shape | undefined;
}

/** A node with weights of its own. */
export interface TrainableLayer {
  readonly node: string;
  readonly op: string;
  /** Names of its weights. */
  readonly parameters: readonly string[];
  /** How many numbers those hold. */
  readonly size: number;
}

/** What a model file holds. */
export interface ModelReport {
  readonly opset: number | undefined;
  readonly producer: string;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly shape: Shape | undefined }[];
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly shape: Shape | undefined }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly operators: readonly { readonly op: string; readonly count: number; readonly known: boolean }[];
  /** Numbers that gradients teach, those that they do not, and the bytes of both as float32. */
  readonly parameters: { readonly trainable: number; readonly fixed: number; readonly bytes: number };
  readonly layers: readonly TrainableLayer[];
  readonly features: readonly FeatureCandidate[];
  /** Sizes taken for free axes to tell the shapes. */
  readonly assumed: Readonly<Record<string, number>>;
  /** Why the model cannot be trained, or why its shapes could not be told. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** Sizes that pictures are taken to have where a model leaves them free. */
const USUAL_SIZE = 224;
const MOST_CANDIDATES = 8;

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function signatures(infos: ModelProto["graph"]["input"]) {
  return infos.map(({ name = "", type }) => ({
    name,
    type: elementTypeName(type?.tensorType?.elemType ?? 0),
    shape: type?.tensorType?.shape?.dim.map((dim) => dim.dimValue ?? (dim.dimParam || "?")),
  }));
}

function operators(model: ModelProto): ModelReport["operators"] {
  const functions = new Set(
    (model.functions ?? []).map(({ domain = "", name }) => (domain ? `${domain}.${name}` : name)),
  );
  const counts = new Map<string, number>();
  for (const node of model.graph.node) {
    const key = operatorKey({ ...node, opType: node.opType ?? "" });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const isKnown = (op: string) => op === "Constant" || Object.hasOwn(opRules, op) || functions.has(op);
  return [...counts]
    .map(([op, count]) => ({ op, count, known: isKnown(op) }))
    .sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
}

function layersOf({ nodes, parameters }: ImportedModel): TrainableLayer[] {
  return nodes.flatMap((node) => {
    const own = node.inputs.filter((name) => Object.hasOwn(parameters, name) && parameters[name]!.trainable);
    const size = own.reduce((total, name) => total + sizeOf(parameters[name]!.shape), 0);
    return own.length === 0 ? [] : [{ node: node.name, op: node.op, parameters: own, size }];
  });
}

const products = new Set(["Gemm", "MatMul"]);
const pools = new Set(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]);

/** What fine-tuning takes by itself, then outputs of pools over whole images, inputs of the last layers that multiply by a weight, and the outputs themselves. */
function candidates(proto: ModelProto, model: ImportedModel): { name: string; reason: string }[] {
  const { nodes, parameters, outputs } = model;
  const dense = nodes.filter(
    ({ op, inputs }) => products.has(op) && inputs.some((name) => Object.hasOwn(parameters, name)),
  );
  const found = new Map([[defaultFeatures(proto), "the default"]]);
  const last = dense.at(-1);
  const before = last?.inputs.find((name) => !Object.hasOwn(parameters, name));
  if (last && before && !found.has(before)) found.set(before, `input of the last ${last.op}`);
  for (const { op, outputs: made } of nodes.toReversed()) {
    if (pools.has(op) && made[0] && !found.has(made[0]) && found.size < MOST_CANDIDATES) found.set(made[0], op);
  }
  for (const { name } of outputs) if (found.size < MOST_CANDIDATES) found.set(name, found.get(name) ?? "output");
  return [...found].map(([name, reason]) => ({ name, reason }));
}

/** Placeholders with the free sizes of pictures assumed. */
function assume(model: ImportedModel): { given: Record<string, Tensor>; assumed: Record<string, number> } {
  const assumed: Record<string, number> = {};
  const given = model.inputs.map(({ name, dtype, shape = [] }) => {
    const sizes = shape.map((size, axis) => {
      if (typeof size === "number" || axis < shape.length - 2 || shape.length !== 4) return size;
      assumed[size] = USUAL_SIZE;
      return USUAL_SIZE;
    });
    return [name, input(name || "input", dtype, sizes)] as const;
  });
  return { given: Object.fromEntries(given), assumed };
}

/** Shapes of values, as far as they can be told. */
function shapesOf(model: ImportedModel, given: Record<string, Tensor>, names: readonly string[]) {
  const shapes = new Map<string, Shape>();
  let problem: SimileError | undefined;
  for (const name of names) {
    try {
      shapes.set(name, model.apply(given, undefined, [name])[name]!.shape);
    } catch (error) {
      if (!(error instanceof SimileError)) throw error;
      problem ??= error;
    }
  }
  return { shapes, problem };
}

function explain(error: unknown): ModelReport["problem"] {
  if (!(error instanceof SimileError)) throw error;
  return { code: error.code, message: error.message };
}

/**
 * Looks into an ONNX file: inputs, outputs, operators, weights, and where features can be taken. A model that cannot be
 * trained is described too, with the reason; bytes that are no model are an error.
 */
export function inspectModel(bytes: Uint8Array, options: ImportOptions = {}): ModelReport {
  const proto = decodeModel(bytes);
  const stored = new Set(proto.graph.initializer.map(({ name }) => name));
  const facts = {
    opset: opsetsOf(proto.opsetImport).get(""),
    producer: [proto.producerName, proto.producerVersion].filter((text) => text).join(" "),
    inputs: signatures(proto.graph.input.filter(({ name }) => !stored.has(name))),
    outputs: signatures(proto.graph.output),
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key ?? "", value ?? ""])),
    operators: operators(proto),
  };
  const nothing = { parameters: { trainable: 0, fixed: 0, bytes: 0 }, layers: [], features: [], assumed: {} };
  let model: ImportedModel;
  try {
    model = importModel(bytes, options);
  } catch (error) {
    return { ...facts, ...nothing, problem: explain(error)! };
  }
  return { ...facts, ...describe(proto, model) };
}

function describe(proto: ModelProto, model: ImportedModel) {
  const { given, assumed } = assume(model);
  const found = candidates(proto, model);
  const { shapes, problem } = shapesOf(
    model,
    given,
    found.map(({ name }) => name),
  );
  const all = Object.values(model.parameters);
  const total = (trainable: boolean) =>
    all.reduce((sum, parameter) => sum + (parameter.trainable === trainable ? sizeOf(parameter.shape) : 0), 0);
  const [trainable, fixed] = [total(true), total(false)];
  return {
    parameters: { trainable, fixed, bytes: 4 * (trainable + fixed) },
    layers: layersOf(model),
    features: found.map(({ name, reason }) => ({ name, reason, shape: shapes.get(name) })),
    assumed,
    ...(problem && { problem: explain(problem)! }),
  };
}
