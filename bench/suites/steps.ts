import { input } from "../../src/graph/index.js";
import { activation, context, conv2d, dense, type Layer, sequential } from "../../src/nn/index.js";
import { sgd } from "../../src/optim/index.js";
import { Random } from "../../src/rng/index.js";
import { networkForward, networkStep } from "../networks.js";
import { type Case, normals, type Suite, trainingStep } from "../suite.js";

/** Output channels and stride of 3x3 convolutions with ReLU. */
const plan = [
  [32, 1],
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
  [128, 2],
] as const;

/** Seven convolutions on 32 x 3 x 64 x 64, mean pooling, Linear, backward, SGD with momentum. */
function convolutions(batch: number): Case {
  return {
    make(threads) {
      const layers: Record<string, Layer> = {};
      let channels = 3;
      plan.forEach(([out, stride], i) => {
        layers[`conv${i}`] = conv2d(channels, out, 3, { stride, padding: 1 });
        layers[`relu${i}`] = activation("relu");
        channels = out;
      });
      const body = sequential(layers);
      const last = dense(channels, 64);
      const x = input("x", "float32", [batch, 3, 64, 64]);
      const features = body.apply(x, context()).mean({ axes: [2, 3] });
      const loss = last.apply(features, context()).square().mean();
      const feeds = { x: normals(batch * 3 * 64 * 64, new Random(3)) };
      const parameters = { body: body.parameters, last: last.parameters };
      return trainingStep(parameters, loss, sgd({ momentum: 0.9 }), feeds, { threads, rate: 1e-3 });
    },
    work: { flop: convolutionFlop(batch) },
  };
}

function convolutionFlop(batch: number): number {
  let flop = 0;
  let [channels, side] = [3, 64];
  plan.forEach(([out, stride], i) => {
    side /= stride;
    // Forward, and both gradients; the input itself needs none.
    flop += (i === 0 ? 2 : 3) * 2 * batch * channels * out * 9 * side * side;
    channels = out;
  });
  return flop;
}

/** Networks with the sizes of their pictures (0: tokens) and of their batches. */
const networks = [
  ...["conv4", "resnet18", "bn-inception", "resnet50"].flatMap((name) => [
    { name, size: 64, batch: 32 },
    { name, size: 224, batch: 8 },
  ]),
  { name: "vit-block", size: 0, batch: 16 },
  { name: "vit-small", size: 224, batch: 16 },
];

function networkCases(kind: string, make: (name: string, size: number, batch: number) => Case): Record<string, Case> {
  const named = networks.map(({ name, size, batch }) => {
    const sized = size === 0 ? name : `${name}-${size}`;
    return [`${kind}/${sized}/${batch}`, make(name, size, batch)];
  });
  return Object.fromEntries(named);
}

export const suite: Suite = {
  title: "training steps (forward, backward, SGD with momentum) and forward alone",
  peer: { name: "PyTorch", script: "torch_steps.py" },
  cases: {
    "convolutions/32": convolutions(32),
    ...networkCases("train", networkStep),
    ...networkCases("forward", networkForward),
  },
};
