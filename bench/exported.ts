import type { Parameter } from "../src/graph/index.js";
import { decodeModel, elementTypes, type ValueInfoProto } from "../src/onnx/index.js";
import type { Variables } from "../src/run/index.js";

/** An ONNX file with the first value of each of its inputs. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly values: ReadonlyMap<string, ArrayBufferView>;
}

/** The inputs of a program: what is fed, and parameters with their present values. */
export function exported(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, ArrayBufferView>>,
  variables: Variables,
): Exported {
  const byName = new Map([...variables.names()].map(([parameter, name]) => [name, parameter]));
  const values = decodeModel(bytes).graph.input.map(({ name }): [string, ArrayBufferView] => {
    return [name, feeds[name] ?? variables.value(byName.get(name) as Parameter)];
  });
  return { bytes, values: new Map(values) };
}

/** Element type, by our name, and shape of an input. */
function describe({ name, type }: ValueInfoProto) {
  const tensor = type!.tensorType!;
  const [element] = Object.entries(elementTypes).find(([, code]) => code === tensor.elemType)!;
  return { name, type: element, dims: (tensor.shape?.dim ?? []).map(({ dimValue }) => Number(dimValue ?? 0)) };
}

/** Inputs of an ONNX file, and the names of its outputs that are tensors: what else a program gives back is for its own runner. */
export function signatureOf(bytes: Uint8Array) {
  const { graph } = decodeModel(bytes);
  const outputs = graph.output.filter(({ type }) => type?.tensorType !== undefined).map(({ name }) => name);
  return { inputs: graph.input.map(describe), outputs };
}
