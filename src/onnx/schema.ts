import { decode, encode, type Message, type MessageSchema, malformed } from "./protobuf.js";

/** Element types of ONNX, by our names where we have one. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

/** Kinds of ONNX attributes. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** Numbers with a name: an initialiser or an attribute's value. */
export interface TensorProto {
  dims: number[];
  dataType: number;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: number[];
  uint64Data?: number[];
  externalData?: { key: string; value: string }[];
  dataLocation?: number;
}

/** A named setting of a node; `type` says which field holds it. */
export interface AttributeProto {
  name: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
  type: number;
  /** In the body of a function: the name of the caller's attribute that this one takes its value from. */
  refAttrName?: string;
}

/** One operator with the names of its inputs and outputs. */
export interface NodeProto {
  input: string[];
  output: string[];
  name?: string;
  opType: string;
  attribute: AttributeProto[];
  domain?: string;
}

/** Element type and shape of a tensor, or the type of a sequence's elements. */
export interface TypeProto {
  tensorType?: { elemType: number; shape?: { dim: { dimValue?: number; dimParam?: string }[] } };
  sequenceType?: { elemType: TypeProto };
}

/** Name and type of an input or output. */
export interface ValueInfoProto {
  name: string;
  type?: TypeProto;
}

/** Nodes in topological order, stored values, inputs and outputs. */
export interface GraphProto {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  docString?: string;
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
}

/** An operator that the file defines itself, by nodes. */
export interface FunctionProto {
  name: string;
  domain?: string;
  input: string[];
  output: string[];
  attribute: string[];
  /** Attributes with a default. */
  attributeProto: AttributeProto[];
  node: NodeProto[];
  opsetImport: { domain?: string; version: number }[];
}

/** An ONNX file, as far as Simile reads or writes it. */
export interface ModelProto {
  irVersion: number;
  producerName?: string;
  producerVersion?: string;
  graph: GraphProto;
  opsetImport: { domain?: string; version: number }[];
  metadataProps: { key: string; value: string }[];
  functions?: FunctionProto[];
}

const keyValue: MessageSchema = { key: { number: 1, type: "string" }, value: { number: 2, type: "string" } };

const tensor: MessageSchema = {
  dims: { number: 1, type: "int", repeated: true },
  dataType: { number: 2, type: "int" },
  floatData: { number: 4, type: "float", repeated: true },
  int32Data: { number: 5, type: "int", repeated: true },
  int64Data: { number: 7, type: "int", repeated: true },
  name: { number: 8, type: "string" },
  rawData: { number: 9, type: "bytes" },
  doubleData: { number: 10, type: "double", repeated: true },
  uint64Data: { number: 11, type: "int", repeated: true },
  externalData: { number: 13, type: keyValue, repeated: true },
  dataLocation: { number: 14, type: "int" },
};

const attribute: MessageSchema = {
  name: { number: 1, type: "string" },
  f: { number: 2, type: "float" },
  i: { number: 3, type: "int" },
  s: { number: 4, type: "bytes" },
  t: { number: 5, type: tensor },
  g: { number: 6, type: () => graph },
  floats: { number: 7, type: "float", repeated: true },
  ints: { number: 8, type: "int", repeated: true },
  strings: { number: 9, type: "bytes", repeated: true },
  type: { number: 20, type: "int" },
  refAttrName: { number: 21, type: "string" },
};

const node: MessageSchema = {
  input: { number: 1, type: "string", repeated: true },
  output: { number: 2, type: "string", repeated: true },
  name: { number: 3, type: "string" },
  opType: { number: 4, type: "string" },
  attribute: { number: 5, type: attribute, repeated: true },
  domain: { number: 7, type: "string" },
};

const dimension: MessageSchema = { dimValue: { number: 1, type: "int" }, dimParam: { number: 2, type: "string" } };
const tensorType: MessageSchema = {
  elemType: { number: 1, type: "int" },
  shape: { number: 2, type: { dim: { number: 1, type: dimension, repeated: true } } },
};
const sequenceType: MessageSchema = { elemType: { number: 1, type: () => type } };
const type: MessageSchema = {
  tensorType: { number: 1, type: tensorType },
  sequenceType: { number: 4, type: sequenceType },
};
const valueInfo: MessageSchema = { name: { number: 1, type: "string" }, type: { number: 2, type } };

const graph: MessageSchema = {
  node: { number: 1, type: node, repeated: true },
  name: { number: 2, type: "string" },
  initializer: { number: 5, type: tensor, repeated: true },
  docString: { number: 10, type: "string" },
  input: { number: 11, type: valueInfo, repeated: true },
  output: { number: 12, type: valueInfo, repeated: true },
  valueInfo: { number: 13, type: valueInfo, repeated: true },
};

const opsetImport: MessageSchema = {
  domain: { number: 1, type: "string" },
  version: { number: 2, type: "int" },
};

const functionProto: MessageSchema = {
  name: { number: 1, type: "string" },
  input: { number: 4, type: "string", repeated: true },
  output: { number: 5, type: "string", repeated: true },
  attribute: { number: 6, type: "string", repeated: true },
  node: { number: 7, type: node, repeated: true },
  opsetImport: { number: 9, type: opsetImport, repeated: true },
  domain: { number: 10, type: "string" },
  attributeProto: { number: 11, type: attribute, repeated: true },
};

const model: MessageSchema = {
  irVersion: { number: 1, type: "int" },
  producerName: { number: 2, type: "string" },
  producerVersion: { number: 3, type: "string" },
  graph: { number: 7, type: graph },
  opsetImport: { number: 8, type: opsetImport, repeated: true },
  metadataProps: { number: 14, type: keyValue, repeated: true },
  functions: { number: 25, type: functionProto, repeated: true },
};

/** Bytes of an ONNX file. */
export function encodeModel(value: ModelProto): Uint8Array {
  return encode(model, value as unknown as Message);
}

/** An ONNX file from its bytes; a `SimileError` says where damaged bytes stop making sense. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const decoded = decode(model, bytes) as unknown as Partial<ModelProto>;
  if (decoded.graph === undefined) throw malformed("a model with a graph", `${bytes.length} bytes without one`);
  return { irVersion: 0, ...decoded } as ModelProto;
}
