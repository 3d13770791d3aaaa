import { SimileError } from "../../errors/index.js";
import {
  type AttributeProto,
  attributeTypes,
  elementTypes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "../schema.js";

/** Numbers of a float32 tensor that the file holds itself. */
export function floatsOf({ name, rawData, floatData, dims }: TensorProto): Float32Array {
  const count = dims.reduce((product, size) => product * size, 1);
  if (rawData !== undefined && rawData.length === 4 * count) return new Float32Array(new Uint8Array(rawData).buffer);
  if (floatData !== undefined && floatData.length === count) return Float32Array.from(floatData);
  throw new SimileError({
    code: "malformed-onnx",
    where: name ?? "initialiser",
    expected: `${count} float32 numbers in the file`,
    received: `${rawData?.length ?? 0} bytes`,
    remedy: "export the model again; weights must lie in the file itself",
  });
}

/** A stored tensor of any element type from its typed numbers. */
export function tensorOf(
  name: string,
  type: keyof typeof elementTypes,
  dims: readonly number[],
  values: Float32Array | Int32Array | Int8Array | Uint8Array | Uint16Array | BigInt64Array,
): TensorProto {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims: [...dims], dataType: elementTypes[type], rawData };
}

/** A whole number as an attribute. */
export function intAttribute(name: string, i: number): AttributeProto {
  return { name, i, type: attributeTypes.int };
}

/** A whole number among the attributes of a node. */
export function intOf(node: NodeProto, name: string, fallback: number): number {
  return node.attribute.find((attribute) => attribute.name === name)?.i ?? fallback;
}

/** A node of one output. */
export function nodeOf(
  opType: string,
  input: readonly string[],
  output: string,
  attribute: AttributeProto[] = [],
): NodeProto {
  return { opType, name: output, input: [...input], output: [output], attribute };
}

/** A graph with what the passes over it look up again and again. */
export class GraphEdit {
  readonly initializers: Map<string, TensorProto>;
  private readonly readers = new Map<string, NodeProto[]>();

  constructor(readonly graph: GraphProto) {
    this.initializers = new Map(graph.initializer.map((tensor) => [tensor.name ?? "", tensor]));
    for (const node of graph.node)
      for (const name of node.input) this.readers.set(name, [...(this.readers.get(name) ?? []), node]);
  }

  /** The float32 initialiser called `name`. */
  weight(name: string | undefined): TensorProto | undefined {
    const found = name === undefined ? undefined : this.initializers.get(name);
    return found?.dataType === elementTypes.float32 ? found : undefined;
  }

  /** Nodes that read `name`. */
  readersOf(name: string): readonly NodeProto[] {
    return this.readers.get(name) ?? [];
  }

  /** True for a result of the whole graph. */
  isOutput(name: string): boolean {
    return this.graph.output.some((output) => output.name === name);
  }
}

/** The model with another graph; initialisers that no node reads any more are left out. */
export function withGraph(model: ModelProto, node: NodeProto[], initializer: readonly TensorProto[]): ModelProto {
  const read = new Set(node.flatMap(({ input }) => input));
  const kept = initializer.filter(({ name }) => read.has(name ?? ""));
  const domains = new Set(node.map(({ domain = "" }) => domain));
  return {
    ...model,
    opsetImport: model.opsetImport.filter(({ domain = "" }) => domains.has(domain)),
    graph: { ...model.graph, node, initializer: kept },
  };
}
