import type { InferenceSession, OnnxValue, Tensor as RuntimeTensor } from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import { canonicalDim, type DType, input, type NumericArray, type Tensor } from "../graph/index.js";
import { decodeModel } from "../onnx/index.js";
import type { DeviceOptions } from "./device.js";
import { checkNames, failingWell, feedShapes, runtimeTensor, type Value } from "./feed.js";
import { leaseSession } from "./sessions.js";

/** An ONNX file ready to run as it is. */
export interface ModelFile {
  readonly inputNames: readonly string[];
  /** Element type and shape of each input; sizes without a name in the file are called by their place. */
  readonly inputs: readonly { readonly name: string; readonly tensor: Tensor }[];
  readonly outputNames: readonly string[];
  /** The file's own notes, by key. */
  readonly metadata: Readonly<Record<string, string>>;
  run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>>;
  release(): Promise<void>;
}

function unloadable(cause: unknown): SimileError {
  const received = cause instanceof Error ? cause.message : String(cause);
  const remedy = "export it for a version of ONNX that this ONNX Runtime runs; `simile doctor` shows which it is";
  return new SimileError(
    { code: "unloadable-model", where: "ONNX file", expected: "a model that ONNX Runtime accepts", received, remedy },
    { cause },
  );
}

/** The inputs of a foreign model as inputs of ours, so that feeds are checked alike. */
function declaredInputs(session: InferenceSession): { name: string; tensor: Tensor }[] {
  return session.inputMetadata.map((entry, i) => {
    if (!entry.isTensor || !isElementType(entry.type))
      throw unloadable(`an input ${entry.name} that is no tensor of ours`);
    const shape = entry.shape.map(
      (size, axis) => (typeof size === "number" ? size : canonicalDim(size)) ?? `axis${i}_${axis}`,
    );
    return { name: entry.name, tensor: input(entry.name, entry.type, shape) };
  });
}

function isElementType(type: string): type is DType {
  return ["float32", "float64", "int64", "bool", "uint8"].includes(type);
}

/** Makes a session of the bytes of any ONNX file. */
export async function openModelFile(bytes: Uint8Array, options: DeviceOptions = {}): Promise<ModelFile> {
  const { metadataProps } = decodeModel(bytes);
  const { session, release } = await leaseSession(bytes, options).catch((cause: unknown) => {
    throw cause instanceof SimileError ? cause : unloadable(cause);
  });
  const inputs = declaredInputs(session);
  const where = "model file";
  return {
    inputNames: session.inputNames,
    inputs,
    outputNames: session.outputNames,
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    release,
    async run(feeds) {
      const names = new Set(session.inputNames);
      checkNames(where, feeds, inputs, names);
      const { shapes } = feedShapes(where, inputs, feeds);
      const collected: Record<string, OnnxValue> = {};
      for (const { name, tensor } of inputs)
        collected[name] = runtimeTensor(where, name, tensor, feeds[name]!, shapes.get(name)!);
      const results = await failingWell(where, () => session.run(collected));
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => {
          const tensor = value as RuntimeTensor;
          return [name, { data: tensor.data as unknown as NumericArray, shape: tensor.dims }];
        }),
      );
    },
  };
}
