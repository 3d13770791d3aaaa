import { type OnnxValue, Tensor as RuntimeTensor } from "onnxruntime-node";
import type { NumericArray } from "../graph/index.js";
import { decodeModel } from "../onnx/index.js";
import type { DeviceOptions } from "./device.js";
import type { Value } from "./program.js";
import { leaseSession } from "./sessions.js";

const storageNames = new Map<unknown, "float32" | "float64" | "int64" | "uint8">([
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [BigInt64Array, "int64"],
  [Uint8Array, "uint8"],
]);

/** An ONNX file ready to run as it is. */
export interface ModelFile {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The file's own notes, by key. */
  readonly metadata: Readonly<Record<string, string>>;
  run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>>;
  release(): Promise<void>;
}

/** Makes a session of the bytes of any ONNX file. */
export async function openModelFile(bytes: Uint8Array, options: DeviceOptions = {}): Promise<ModelFile> {
  const { metadataProps } = decodeModel(bytes);
  const { session, release } = await leaseSession(bytes, options);
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    release,
    async run(feeds) {
      const collected: Record<string, OnnxValue> = {};
      for (const [name, { data, shape }] of Object.entries(feeds)) {
        collected[name] = new RuntimeTensor(storageNames.get(data.constructor) as "float32", data as Float32Array, [
          ...shape,
        ]);
      }
      const results = await session.run(collected);
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => {
          const tensor = value as RuntimeTensor;
          return [name, { data: tensor.data as unknown as NumericArray, shape: tensor.dims }];
        }),
      );
    },
  };
}
