import { input } from "../../src/graph/index.js";
import { context, dense, l2Normalize } from "../../src/nn/index.js";
import { adam } from "../../src/optim/index.js";
import { Random } from "../../src/rng/index.js";
import { type Backend, browserCase } from "../browser/export.js";
import { type Exported, exported } from "../exported.js";
import { inferenceModel, labelsOf, squareLoss, trainingProgram } from "../networks.js";
import { normals, type Suite, training } from "../suite.js";

const [INPUTS, OUTPUTS] = [2048, 512];

/** Linear, normalise, square loss on all pairs, backward, Adam. */
async function head(batch: number): Promise<Exported> {
  const layer = dense(INPUTS, OUTPUTS);
  const query = l2Normalize(layer.apply(input("x", "float32", [batch, INPUTS]), context()));
  const loss = squareLoss(query, input("labels", "int64", [batch]));
  const { compile, variables } = training(layer.parameters, adam());
  const program = await compile(loss, 1);
  await program.release();
  const feeds = {
    x: normals(batch * INPUTS, new Random(2)),
    labels: labelsOf(batch),
    learningRate: Float32Array.of(1e-4),
  };
  return exported(program.bytes, feeds, variables);
}

async function forwardConv4(batch: number): Promise<Exported> {
  const x = normals(batch * 3 * 64 * 64, new Random(3));
  return { bytes: inferenceModel("conv4", 64, batch), values: new Map([["x", x]]) };
}

const steps: Readonly<Record<string, () => Promise<Exported>>> = {
  "head/128": () => head(128),
  "train/conv4-64/32": () => trainingProgram("conv4", 64, 32),
  "forward/conv4-64/32": () => forwardConv4(32),
};

const backends: Readonly<Record<string, Backend>> = {
  wasm1: { provider: "wasm", threads: 1 },
  wasm2: { provider: "wasm", threads: 2 },
  webgpu: { provider: "webgpu", threads: 1 },
};

export const suite: Suite = {
  title: "steps in headless Chromium by onnxruntime-web",
  peer: { name: "named peer", script: "browser.ts" },
  tellsMemory: false,
  cases: Object.fromEntries(
    Object.entries(backends).flatMap(([where, backend]) =>
      ["tfjs", "jax"].flatMap((peer) =>
        Object.entries(steps).map(([name, make]) => [`${where}/${peer}/${name}`, browserCase(make, backend)]),
      ),
    ),
  ),
};
