import { SimileError } from "../../errors/index.js";
import { formatShape, input, type NumericArray, type Parameter, type Tensor } from "../../graph/index.js";
import { decodeModel, type FunctionProto, type GraphProto, type ModelProto, type NodeProto } from "../schema.js";
import { CONSTANT_PREFIX, PRODUCER } from "../write.js";
import type { RunContext } from "./call.js";
import { readConstant } from "./constants.js";
import { Executor } from "./execute.js";
import {
  checkOperators,
  checkOpset,
  checkOrder,
  functionsOf,
  nestedGraphs,
  type Opsets,
  operatorKey,
  opsetsOf,
} from "./graph.js";
import { invalid, nodeLabel } from "./problem.js";
import { type Signature, signature } from "./signature.js";
import { type ExternalData, readTensor, type StoredTensor } from "./tensors.js";
import { Value } from "./value.js";
import { findWeights, type StoredValues } from "./weights.js";

/** How a model is read. */
export interface ImportOptions {
  /** Name of the file in errors. Default `ONNX file`. */
  readonly where?: string;
  /** Reads a file beside the model, where its weights are stored apart. Locations outside its folder never get here. */
  readonly externalData?: ExternalData;
  /** Sizes for free axes of the inputs, by the names that the file gives them (or `input_axis` where it gives none). */
  readonly dims?: Readonly<Record<string, number>>;
  /**
   * Let the first axis of every input be of any size where the file fixes it to 1, as exporters do that were not told of a
   * batch. Reshapes to a first size of 1 then keep the batch, and class tokens are repeated for it. Default false.
   */
  readonly openBatch?: boolean;
  /**
   * Keep batch statistics and dropout as in evaluation, also in training: what fine-tuning on small batches needs, and the
   * default. With false, training uses the batch's own statistics, moves the running ones, and drops values.
   */
  readonly frozen?: boolean;
}

/** One node of the file, for looking around and for choosing where to cut. */
export interface ImportedNode {
  readonly name: string;
  /** Operator, with its domain where that is not ONNX's own. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A model that was read: what it holds, and how to rebuild it. */
export interface ImportedModel {
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
  /** Version of ONNX's operators. */
  readonly opset: number;
  /** The program that wrote the file, as it says. */
  readonly producer: string;
  /** The file's own notes, by key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Weights and running statistics by the file's names; their initialisers give the file's numbers. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The numbers of the parameters in the file. */
  readonly values: ReadonlyMap<Parameter, NumericArray>;
  readonly nodes: readonly ImportedNode[];
  /** The declared inputs as inputs of a new graph. */
  placeholders(): Record<string, Tensor>;
  /**
   * Rebuilds the model on given tensors, up to any named values: outputs of the file (the default), values between its
   * nodes, or the first output of a node that is named. Only inputs that those values need must be given. A named size
   * may be replaced by another or by a number; float16 inputs are float32 here, and whole numbers int64.
   */
  apply(
    inputs: Readonly<Record<string, Tensor>>,
    context?: RunContext,
    outputs?: readonly string[],
  ): Record<string, Tensor>;
}

const evaluation: RunContext = { training: false, update: () => {} };

interface Parts {
  readonly graph: GraphProto;
  readonly opsets: Opsets;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  readonly stored: StoredValues;
  readonly inputs: readonly Signature[];
  readonly where: string;
  readonly frozen: boolean;
  readonly openBatch: boolean;
  read(proto: Parameters<typeof readTensor>[0], where: string): StoredTensor;
}

/** What one graph stores as initialisers and, with more than one element, in Constant nodes. */
function storedIn(graph: GraphProto, read: Parts["read"]): [string, StoredTensor][] {
  const initializers = graph.initializer.map(
    (proto) => [proto.name ?? "", read(proto, `initialiser "${proto.name ?? ""}"`)] as [string, StoredTensor],
  );
  const constants = graph.node.flatMap((node): [string, StoredTensor][] => {
    if (operatorKey(node) !== "Constant" || !node.output[0]) return [];
    const constant = readConstant(node, (proto) => read(proto, nodeLabel(node)));
    return constant.numbers.length > 1 ? [[node.output[0], constant]] : [];
  });
  return [...initializers, ...constants];
}

/** The numbers of the graph and its branches. What two branches call the same stays with each of them. */
function storedTensors(graph: GraphProto, read: Parts["read"]): Map<string, StoredTensor> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, tensor] of storedIn(graph, read)) {
    if (stored.has(name)) throw invalid(`initialiser "${name}"`, "a name of its own", "the same name twice");
    stored.set(name, tensor);
  }
  const branches = nestedGraphs(graph.node);
  const nested = branches.flatMap((branch) => storedIn(branch, read));
  const uses = new Map<string, number>();
  const made = [graph, ...branches].flatMap(({ node }) =>
    node.flatMap((entry) => (operatorKey(entry) === "Constant" ? [] : entry.output)),
  );
  for (const name of [...stored.keys(), ...made, ...nested.map(([own]) => own)])
    uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const [name, tensor] of nested) if (uses.get(name) === 1) stored.set(name, tensor);
  return stored;
}

/** Simile's own files tell constants from weights by their names. */
function constantNames({ producerName }: ModelProto): (name: string) => boolean {
  return (name) => producerName === PRODUCER && name.startsWith(CONSTANT_PREFIX);
}

/** Fields that a damaged file may lack, filled in. */
function withNames(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.map((node) => ({
    ...node,
    opType: node.opType ?? "",
    attribute: node.attribute.map((attribute) =>
      attribute.g ? { ...attribute, g: { ...attribute.g, node: withNames(attribute.g.node) } } : attribute,
    ),
  }));
}

/** The value that a caller's name stands for. */
function resolve({ graph, where }: Parts, name: string, known: ReadonlySet<string>): string {
  if (known.has(name)) return name;
  const node = graph.node.find((entry) => entry.name === name);
  if (node?.output[0]) return node.output[0];
  throw new SimileError({
    code: "unknown-name",
    where,
    expected: "the name of a node, or of a value of the model",
    received: `"${name}"`,
    remedy: "choose one that `simile inspect` lists",
  });
}

function wrongInput(where: string, { name, dtype, shape }: Signature, received: string): SimileError {
  const expected = `${dtype} ${shape ? formatShape(shape) : "of any shape"} for input "${name}"`;
  return new SimileError({ code: "wrong-input", where, expected, received, remedy: "cast, reshape or resize it" });
}

/** Checks a tensor against an input of the file; named sizes take any value. */
function accept(where: string, declared: Signature, tensor: Tensor): void {
  const { dtype, shape } = declared;
  const fits = shape?.every((dim, axis) => typeof dim === "string" || dim === tensor.shape[axis]) ?? true;
  if (tensor.dtype !== dtype || (shape && shape.length !== tensor.rank) || !fits)
    throw wrongInput(where, declared, `${tensor}`);
}

/** An input whose batch of 1 is left open. */
function opened(entry: Signature): Signature {
  const { shape } = entry;
  return shape !== undefined && shape.length > 1 && shape[0] === 1
    ? { ...entry, shape: ["batch", ...shape.slice(1)] }
    : entry;
}

function rebuild(
  parts: Parts,
  given: Readonly<Record<string, Tensor>>,
  context: RunContext,
  outputs: readonly string[],
) {
  const { graph, opsets, functions, stored, inputs, where, frozen, openBatch, read } = parts;
  const values = new Map(stored.values);
  for (const declared of inputs) {
    if (!Object.hasOwn(given, declared.name)) continue;
    accept(where, declared, given[declared.name]!);
    values.set(declared.name, Value.of(given[declared.name]!));
  }
  const known = new Set([...stored.values.keys(), ...inputs.map(({ name }) => name)]);
  for (const node of graph.node) for (const name of node.output) known.add(name);
  const extra = Object.keys(given).find((name) => !inputs.some((declared) => declared.name === name));
  if (extra !== undefined) {
    const expected = `inputs ${inputs.map(({ name }) => name).join(", ")}`;
    throw new SimileError({ code: "wrong-input", where, expected, received: `"${extra}"`, remedy: "rename it" });
  }
  const names = outputs.map((name) => resolve(parts, name, known));
  const learning = context.training && !frozen ? context : undefined;
  const first = inputs.find(({ name, shape }) => Object.hasOwn(given, name) && shape?.[0] === "batch");
  const batch = openBatch && first ? given[first.name]!.shape[0] : undefined;
  const executor = new Executor({ functions, learning, batch, read }, opsets);
  const nodes = graph.node.filter((node) => !stored.values.has(node.output[0] ?? ""));
  const results = executor.run(nodes, values, names);
  return Object.fromEntries(outputs.map((name, i) => [name, results[i]!.tensor]));
}

function signatures(model: ModelProto, dims: Readonly<Record<string, number>>) {
  const { graph } = model;
  const stored = new Set(graph.initializer.map(({ name }) => name));
  return {
    inputs: graph.input.filter(({ name }) => !stored.has(name)).map((info) => signature(info, dims, "input")),
    outputs: graph.output.map((info) => signature(info, dims, "output")),
  };
}

function checked(bytes: Uint8Array): { model: ModelProto; opsets: Opsets; opset: number } {
  const decoded = decodeModel(bytes);
  const model = { ...decoded, graph: { ...decoded.graph, node: withNames(decoded.graph.node) } };
  const opsets = opsetsOf(model.opsetImport);
  return { model, opsets, opset: checkOpset(opsets) };
}

/**
 * Reads an ONNX model (opset 7 to 22) to differentiate, fine-tune and write it again. Every weight becomes a parameter
 * under the file's own name. The graph is not built before {@link ImportedModel.apply}.
 *
 *     const model = importModel(bytes, { dims: { H: 224, W: 224 } });
 *     const { embedding } = model.apply(model.placeholders());
 *
 * Errors name the node they are about: `malformed-onnx`, `unsupported-opset`, `unknown-operator` (all of them at once),
 * `unsupported-node`, `quantized-model`, `external-data`.
 */
export function importModel(bytes: Uint8Array, options: ImportOptions = {}): ImportedModel {
  const { where = "ONNX file", externalData, dims = {}, frozen = true, openBatch = false } = options;
  const { model, opsets, opset } = checked(bytes);
  const { graph } = model;
  const functions = functionsOf(model);
  checkOperators(graph.node, functions);
  const { inputs: declared, outputs } = signatures(model, dims);
  const inputs = openBatch ? declared.map(opened) : declared;
  checkOrder(graph.node, [...graph.initializer.map(({ name }) => name ?? ""), ...inputs.map(({ name }) => name)]);
  const read: Parts["read"] = (proto, place) => readTensor(proto, place, externalData);
  const stored = findWeights(graph, storedTensors(graph, read), constantNames(model));
  const parts: Parts = { graph, opsets, functions, stored, inputs, where, frozen, openBatch, read };
  return {
    inputs,
    outputs,
    opset,
    producer: [model.producerName, model.producerVersion].filter((text) => text).join(" "),
    metadata: Object.fromEntries((model.metadataProps ?? []).map(({ key, value }) => [key ?? "", value ?? ""])),
    parameters: stored.parameters,
    values: stored.numbers,
    nodes: graph.node.map((node) => ({
      name: node.name || (node.output[0] ?? ""),
      op: operatorKey(node),
      inputs: node.input,
      outputs: node.output,
    })),
    placeholders: () => placeholders(inputs, where),
    apply: (given, context = evaluation, names = outputs.map(({ name }) => name)) =>
      rebuild(parts, given, context, names),
  };
}

function placeholders(inputs: readonly Signature[], where: string): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map((declared) => {
      if (declared.shape === undefined) throw wrongInput(where, declared, "no shape to make an input of");
      return [declared.name, input(declared.name, declared.dtype, declared.shape)];
    }),
  );
}
