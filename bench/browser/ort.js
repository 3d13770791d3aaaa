import { needAdapter } from "./adapter.js";

// A program of Simile's on onnxruntime-web. State (parameters, moments) goes from the outputs of a step to the inputs of the
// next; on a graphics processor it stays there.
const arrays = { float32: Float32Array, int64: BigInt64Array, uint8: Uint8Array, bool: Uint8Array, float64: Float64Array };

async function bytesOf(name) {
  return new Uint8Array(await (await fetch(`/data/${encodeURIComponent(name)}`)).arrayBuffer());
}

export async function make({ provider, threads, inputs, outputs, state }) {
  if (provider === "webgpu") await needAdapter();
  const ort = await import(`/packages/onnxruntime-web/dist/ort.${provider === "webgpu" ? "webgpu" : "wasm"}.min.mjs`);
  if (threads > 1 && !crossOriginIsolated) throw new Error("the page may not share memory among threads");
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(await bytesOf("model"), {
    executionProviders: [provider],
    ...(provider === "webgpu" && {
      preferredOutputLocation: Object.fromEntries(Object.keys(state).map((output) => [output, "gpu-buffer"])),
    }),
  });
  const feeds = {};
  for (const { name, type, dims } of inputs) {
    feeds[name] = new ort.Tensor(type, new arrays[type]((await bytesOf(name)).buffer), dims);
  }
  return async () => {
    const results = await session.run(feeds, outputs);
    for (const [output, input] of Object.entries(state)) {
      feeds[input].dispose?.();
      feeds[input] = results[output];
    }
  };
}
