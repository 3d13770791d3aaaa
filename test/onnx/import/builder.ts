import {
  type AttributeProto,
  encodeModel,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "../../../src/onnx/index.js";

/** Numbers of one value with their shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  /** ONNX's element type; default float32. */
  readonly type?: ElementName;
}

const elements = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
/** Element types that tests store. */
export type ElementName = keyof typeof elements;

/** An attribute's value: whole numbers are INT, `{ float }` is FLOAT, numbers with `floats` FLOATS. */
export type Setting =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }
  | Numbers
  | { graph: GraphProto };

function bytesOf({ data, type = "float32" }: Numbers): Uint8Array {
  const storage = {
    float32: () => Float32Array.from(data),
    float64: () => Float64Array.from(data),
    int32: () => Int32Array.from(data),
    int8: () => Int8Array.from(data),
    int64: () => BigInt64Array.from(data, BigInt),
    uint8: () => Uint8Array.from(data),
    bool: () => Uint8Array.from(data),
  }[type]();
  return new Uint8Array(storage.buffer);
}

/** Numbers as a stored tensor. */
export function tensorProto(name: string, numbers: Numbers): TensorProto {
  return { name, dims: [...numbers.shape], dataType: elements[numbers.type ?? "float32"], rawData: bytesOf(numbers) };
}

function attributeOf(name: string, value: Setting): AttributeProto {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: 3 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  if ("floats" in value) return { name, floats: [...value.floats], type: 6 };
  if ("graph" in value) return { name, g: value.graph, type: 5 };
  if ("shape" in value) return { name, t: tensorProto("", value), type: 4 };
  return { name, ints: [...value], type: 7 };
}

/** A node; `domain` defaults to ONNX's own. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  settings: Readonly<Record<string, Setting>> = {},
  domain = "",
): NodeProto {
  const attribute = Object.entries(settings).map(([name, value]) => attributeOf(name, value));
  return { opType, input: [...input], output: [...output], attribute, domain, name: `${opType}:${output[0]}` };
}

/** What a test model is made of. */
export interface ModelParts {
  readonly inputs: Readonly<Record<string, { type?: ElementName; shape: readonly (number | string)[] }>>;
  readonly stored?: Readonly<Record<string, Numbers>>;
  readonly nodes: readonly NodeProto[];
  /** Outputs with their element types. */
  readonly outputs: Readonly<Record<string, ElementName>>;
  readonly opset?: number;
  readonly functions?: readonly FunctionProto[];
  readonly domains?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Bytes of a model as an exporter writes them. */
export function modelBytes(parts: ModelParts): Uint8Array {
  const { opset = 17 } = parts;
  const dims = (shape: readonly (number | string)[]) =>
    shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return encodeModel({
    irVersion: opset >= 18 ? 9 : 8,
    producerName: "test",
    opsetImport: [{ domain: "", version: opset }, ...(parts.domains ?? []).map((domain) => ({ domain, version: 1 }))],
    metadataProps: Object.entries(parts.metadata ?? {}).map(([key, value]) => ({ key, value })),
    functions: [...(parts.functions ?? [])],
    graph: {
      name: "test",
      node: [...parts.nodes],
      initializer: Object.entries(parts.stored ?? {}).map(([name, numbers]) => tensorProto(name, numbers)),
      input: Object.entries(parts.inputs).map(([name, { type = "float32", shape }]) => ({
        name,
        type: { tensorType: { elemType: elements[type], shape: { dim: dims(shape) } } },
      })),
      output: Object.entries(parts.outputs).map(([name, type]) => ({
        name,
        type: { tensorType: { elemType: elements[type] } },
      })),
    },
  });
}
