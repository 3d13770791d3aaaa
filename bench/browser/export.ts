import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import type { Parameter } from "../../src/graph/index.js";
import { decodeModel, elementTypes, type ValueInfoProto } from "../../src/onnx/index.js";
import type { Variables } from "../../src/run/index.js";
import type { Case } from "../suite.js";
import { openPage, type PageTask } from "./chromium.js";

/** Where the backends of a page run. */
export interface Backend {
  readonly provider: "wasm" | "webgpu";
  readonly threads: number;
}

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

function describe({ name, type }: ValueInfoProto) {
  const tensor = type!.tensorType!;
  const [element] = Object.entries(elementTypes).find(([, code]) => code === tensor.elemType)!;
  return { name, type: element, dims: (tensor.shape?.dim ?? []).map(({ dimValue }) => Number(dimValue ?? 0)) };
}

/** Folder of installed packages that holds onnxruntime-web. */
const packages = resolve(dirname(createRequire(import.meta.url).resolve("onnxruntime-web")), "../..");

function taskOf({ bytes, values }: Exported, { provider, threads }: Backend): PageTask {
  const { graph } = decodeModel(bytes);
  const inputs = graph.input.map(describe);
  // Whatever else a program gives back is for its own runner.
  const outputs = graph.output.filter(({ type }) => type?.tensorType !== undefined).map(({ name }) => name);
  // An update of the parameter p is the output p:new.
  const updated = outputs.filter((name) => values.has(name.replace(/:new$/, "")));
  const state = Object.fromEntries(updated.map((name) => [name, name.replace(/:new$/, "")]));
  const raw = [...values].map(([name, { buffer, byteOffset, byteLength }]): [string, Uint8Array] => {
    return [name, new Uint8Array(buffer, byteOffset, byteLength)];
  });
  const settings = { provider, threads, inputs, outputs, state };
  return { side: "ort", settings, isolated: threads > 1, data: new Map([...raw, ["model", bytes]]), packages };
}

/** A case whose step runs in Chromium; `make` gives the program. */
export function browserCase(make: () => Promise<Exported>, backend: Backend): Case {
  return {
    async make() {
      const page = await openPage(taskOf(await make(), backend));
      return { run: () => page.run(), release: () => page.close(), timesItself: true };
    },
  };
}
