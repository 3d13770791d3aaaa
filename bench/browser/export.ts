import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { type Exported, signatureOf } from "../exported.js";
import type { Case } from "../suite.js";
import { openPage, type PageTask } from "./chromium.js";

/** Where the backends of a page run. */
export interface Backend {
  readonly provider: "wasm" | "webgpu";
  readonly threads: number;
}

/** Folder of installed packages that holds onnxruntime-web. */
const packages = resolve(dirname(createRequire(import.meta.url).resolve("onnxruntime-web")), "../..");

function taskOf({ bytes, values }: Exported, { provider, threads }: Backend): PageTask {
  const { inputs, outputs } = signatureOf(bytes);
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
