import { SimileError } from "../errors/index.js";
import {
  constantValue,
  type Dim,
  type DType,
  dimTerms,
  type Emitter,
  inputName,
  type Node,
  type NumericArray,
  type OnnxAttribute,
  Parameter,
  randomDistribution,
  reachableNodes,
  type Shape,
  type Tensor,
  type TensorType,
  toStorage,
} from "../graph/index.js";
import {
  type AttributeProto,
  attributeTypes,
  elementTypes,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./schema.js";

/** Version of ONNX's operators that Simile writes; ONNX Runtime since 1.17 runs it, in Node and in browsers. */
export const OPSET = 20;
const IR_VERSION = 9;
/** What files that Simile wrote give as their producer. */
export const PRODUCER = "simile";
/** How the names of constants begin that no parameter owns. */
export const CONSTANT_PREFIX = "constant.";

/** What to write. */
export interface ModelSpec {
  /** Values to be computed, by the names they get in the file. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Inputs whose named sizes the graph may need even where it reads nothing else of them. */
  readonly inputs?: readonly Tensor[];
  /** Names of the parameters the graph uses. */
  readonly parameters?: ReadonlyMap<Parameter, string>;
  /** Values of parameters to be stored in the file; parameters without a value become inputs. */
  readonly values?: ReadonlyMap<Parameter, NumericArray>;
  /** Name of a further output that comes before all others: an empty sequence. */
  readonly emptySequence?: string;
  /** Text stored beside the graph, such as how to prepare images. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly name?: string;
}

/** An ONNX file and what must be fed to it. */
export interface WrittenModel {
  readonly bytes: Uint8Array;
  /** Inputs in the file's order: the graph's inputs, parameters without values, and random leaves. */
  readonly inputs: readonly { readonly name: string; readonly tensor: Tensor }[];
}

const utf8 = new TextEncoder();

/** For JSON, which writes infinities and NaN alike. */
function distinctly(_name: string, value: unknown): unknown {
  return typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : value;
}

function attributeProto(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "string") return { name, s: utf8.encode(value), type: attributeTypes.string };
  if (typeof value === "number") return { name, i: value, type: attributeTypes.int };
  if ("float" in value) return { name, f: value.float, type: attributeTypes.float };
  return { name, ints: [...value], type: attributeTypes.ints };
}

function tensorProto(name: string, { dtype, shape }: TensorType, values: NumericArray): TensorProto {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims: [...(shape as readonly number[])], dataType: elementTypes[dtype], rawData };
}

function valueInfo(name: string, { dtype, shape }: TensorType): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[dtype], shape: { dim } } } };
}

function sequenceInfo(name: string): ValueInfoProto {
  return { name, type: { sequenceType: { elemType: { tensorType: { elemType: elementTypes.float32 } } } } };
}

/** Error of a graph with a parameter that no tree declares. */
export function undeclaredParameter(graph: string, parameter: Parameter): SimileError {
  return new SimileError({
    code: "undeclared-parameter",
    where: `${graph}${parameter.node.scope && `, scope ${parameter.node.scope}`}`,
    expected: "every parameter that a graph uses to be in the tree of its owner",
    received: `a parameter ${parameter} that no tree names`,
    remedy: "return it in the `parameters` of the layer or loss that made it",
  });
}

/** Collects nodes, constants and inputs while a graph is walked. */
class ModelWriter implements Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly inputs: { name: string; tensor: Tensor }[] = [];
  private readonly names = new Map<Tensor, string>();
  /** Outputs of the nodes by what they are. */
  private readonly written = new Map<string, readonly string[]>();
  private readonly constants = new Map<string, string>();
  private readonly sizes = new Map<Dim, string>();
  private readonly reserved = new Set<string>();
  private scope = "";

  constructor(private readonly spec: ModelSpec) {}

  name(tensor: Tensor): string {
    return this.names.get(tensor) as string;
  }

  visit(node: Node): void {
    this.scope = node.scope;
    const output = node.outputs[0] as Tensor;
    const leaf = this.leafName(output);
    if (leaf !== undefined) {
      this.names.set(output, leaf);
      return;
    }
    const results = node.op.lower(
      this,
      node.inputs.map((tensor) => this.name(tensor)),
      node,
      node.attributes,
    );
    node.outputs.forEach((tensor, i) => {
      this.names.set(tensor, results[i] as string);
    });
  }

  private leafName(tensor: Tensor): string | undefined {
    const given = inputName(tensor);
    if (given !== undefined) return this.addInput(given, tensor);
    if (tensor instanceof Parameter) return this.parameterName(tensor);
    if (randomDistribution(tensor) !== undefined) {
      // Whoever draws it must know its sizes.
      for (const { names } of tensor.shape.flatMap(dimTerms)) for (const name of names) this.inputWithSize(name);
      return this.addInput(this.unreserved(`random.${this.inputs.length}`), tensor);
    }
    const values = constantValue(tensor);
    return values && this.addConstant(tensor, values);
  }

  private parameterName(parameter: Parameter): string {
    const name = this.spec.parameters?.get(parameter);
    if (name === undefined) throw undeclaredParameter(this.spec.name ?? "graph", parameter);
    const values = this.spec.values?.get(parameter);
    if (values === undefined) return this.addInput(name, parameter);
    this.initializers.push(tensorProto(name, parameter, values));
    return name;
  }

  /** Takes the names that users chose, before any is made up; two values with one name would be one value. */
  reserve(nodes: readonly Node[]): void {
    const owners = new Map<string, unknown>(Object.keys(this.spec.outputs).map((name) => [name, "output"]));
    const leaves = [...nodes.flatMap((node) => node.outputs), ...(this.spec.inputs ?? [])];
    for (const tensor of leaves) {
      const name = tensor instanceof Parameter ? this.spec.parameters?.get(tensor) : inputName(tensor);
      if (name === undefined) continue;
      if ((owners.get(name) ?? tensor) !== tensor) throw this.duplicate(name);
      owners.set(name, tensor);
    }
    for (const name of owners.keys()) this.reserved.add(name);
  }

  private duplicate(name: string): SimileError {
    return new SimileError({
      code: "duplicate-name",
      where: this.spec.name ?? "graph",
      expected: "different names for inputs, parameters and outputs",
      received: `two called "${name}"`,
      remedy: "rename one, or use the same tensor for both",
    });
  }

  /** `name`, or a variation of it that no input, parameter or output has. */
  private unreserved(name: string): string {
    return this.reserved.has(name) ? this.unreserved(`${name}'`) : name;
  }

  private addInput(name: string, tensor: Tensor): string {
    this.inputs.push({ name, tensor });
    return name;
  }

  private addConstant(type: TensorType, values: NumericArray): string {
    const small = values.length <= 16;
    const key = small
      ? `${type.dtype}|${type.shape}|${[...values.map((v) => v as never)].map((v) => (Object.is(v, -0) ? "-0" : v)).join()}`
      : "";
    const known = small ? this.constants.get(key) : undefined;
    if (known !== undefined) return known;
    const name = this.unreserved(`${CONSTANT_PREFIX}${this.initializers.length}`);
    this.initializers.push(tensorProto(name, type, values));
    if (small) this.constants.set(key, name);
    return name;
  }

  add(type: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    return this.addMany(type, inputs, 1, attributes)[0] as string;
  }

  addMany(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Record<string, OnnxAttribute> = {},
  ): string[] {
    // What different nodes of the graph are lowered to may begin alike: layouts of one tensor, sizes, patches.
    const content = `${type}|${outputs}|${inputs.join("|")}|${JSON.stringify(attributes, distinctly)}`;
    const twin = this.written.get(content);
    if (twin !== undefined) return [...twin];
    const name = `${this.scope === "" ? "" : `${this.scope}/`}${type}.${this.nodes.length}`;
    const output = Array.from({ length: outputs }, (_, i) => this.unreserved(i === 0 ? name : `${name}.${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.nodes.push({ name, opType: type, input: [...inputs], output, attribute });
    this.written.set(content, output);
    return [...output];
  }

  isStored(value: string): boolean {
    return this.initializers.some(({ name }) => name === value);
  }

  ints(values: readonly number[]): string {
    return this.addConstant({ dtype: "int64", shape: [values.length] }, toStorage(values, "int64"));
  }

  scalar(value: number, dtype: DType): string {
    return this.addConstant({ dtype, shape: [] }, toStorage([value], dtype));
  }

  reshape(value: string, shape: Shape): string {
    // Without allowzero a size of 0 would stand for the size of the input's axis in the same place.
    return this.add("Reshape", [value, this.shape(shape)], { allowzero: 1 });
  }

  cast(value: string, dtype: DType): string {
    return this.add("Cast", [value], { to: elementTypes[dtype] });
  }

  shape(shape: Shape): string {
    if (shape.every((dim) => typeof dim === "number")) return this.ints(shape as readonly number[]);
    return this.add(
      "Concat",
      shape.map((dim) => this.size(dim)),
      { axis: 0 },
    );
  }

  /** An int64 vector of one size. */
  private size(dim: Dim): string {
    if (typeof dim === "number") return this.ints([dim]);
    const known = this.sizes.get(dim);
    if (known !== undefined) return known;
    const terms = dimTerms(dim).map(({ coefficient, names }) => {
      const factors = names.map((name) => this.namedSize(name));
      if (coefficient !== 1 || factors.length === 0) factors.push(this.ints([coefficient]));
      return factors.reduce((product, factor) => this.add("Mul", [product, factor]));
    });
    const total = terms.reduce((sum, term) => this.add("Add", [sum, term]));
    this.sizes.set(dim, total);
    return total;
  }

  private namedSize(name: string): string {
    const known = this.sizes.get(name);
    if (known !== undefined) return known;
    const { input, axis } = this.inputWithSize(name);
    const size = this.add("Shape", [input], { start: axis, end: axis + 1 });
    this.sizes.set(name, size);
    return size;
  }

  /** An input with an axis called `name`; one that the graph did not need so far becomes one of its inputs. */
  private inputWithSize(name: string): { input: string; axis: number } {
    for (const input of this.inputs) {
      const axis = input.tensor.shape.indexOf(name);
      if (axis >= 0) return { input: input.name, axis };
    }
    const spare = this.spec.inputs?.find((tensor) => tensor.shape.includes(name));
    if (spare !== undefined)
      return { input: this.addInput(inputName(spare) as string, spare), axis: spare.shape.indexOf(name) };
    throw new SimileError({
      code: "unknown-size",
      where: this.spec.name ?? "graph",
      expected: `an input with an axis called "${name}"`,
      received: "none",
      remedy: "name that axis in the shape of an input of this graph",
    });
  }

  /** Gives values the names of outputs: by renaming where they are computed, else through an Identity node. */
  nameOutputs(outputs: Readonly<Record<string, Tensor>>): void {
    const computed = new Set(this.nodes.flatMap((node) => node.output));
    const renamed = new Map<string, string>();
    for (const [output, tensor] of Object.entries(outputs)) {
      const value = this.name(tensor);
      if (computed.has(value) && !renamed.has(value)) renamed.set(value, output);
      else {
        const name = `output/${output}`;
        this.nodes.push({ name, opType: "Identity", input: [value], output: [output], attribute: [] });
      }
    }
    const current = (value: string) => renamed.get(value) ?? value;
    for (const node of this.nodes) {
      node.input = node.input.map(current);
      node.output = node.output.map(current);
    }
  }
}

/** Inputs first, so that named sizes are found whatever order the nodes were made in. */
function inputsFirst(nodes: readonly Node[]): Node[] {
  const isInput = (node: Node) => inputName(node.outputs[0] as Tensor) !== undefined;
  return [...nodes.filter(isInput), ...nodes.filter((node) => !isInput(node))];
}

/** Writes a graph as an ONNX file of the standard operators. Differentiate and {@link simplify} first. */
export function writeModel(spec: ModelSpec): WrittenModel {
  const writer = new ModelWriter(spec);
  const nodes = inputsFirst(reachableNodes(Object.values(spec.outputs)));
  writer.reserve(nodes);
  for (const node of nodes) writer.visit(node);
  writer.nameOutputs(spec.outputs);
  const sequences = spec.emptySequence === undefined ? [] : [spec.emptySequence];
  for (const name of sequences)
    writer.nodes.push({ name, opType: "SequenceEmpty", input: [], output: [name], attribute: [] });
  const outputs = Object.entries(spec.outputs).map(([name, tensor]) => valueInfo(name, tensor));
  const bytes = encodeModel({
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    graph: {
      name: spec.name ?? "simile",
      node: writer.nodes,
      initializer: writer.initializers,
      input: writer.inputs.map(({ name, tensor }) => valueInfo(name, tensor)),
      output: [...sequences.map(sequenceInfo), ...outputs],
    },
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: Object.entries(spec.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
  return { bytes, inputs: writer.inputs };
}
