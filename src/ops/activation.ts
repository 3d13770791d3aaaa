import { applySingle, type Op, type Tensor } from "../graph/index.js";
import { add, mul } from "./arithmetic.js";
import { cast } from "./cast.js";
import { greater, where } from "./comparison.js";
import { checkTypes, floats, methods } from "./define.js";
import { erf, sigmoid } from "./functions.js";
import { unary } from "./pointwise.js";

/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary("relu", {
  scalar: (x) => Math.max(x, 0),
  // A product with 0 and 1 takes half the time of `where`; asking y leaves ONNX Runtime free to fuse this into a convolution.
  gradient: (g, _, y) => mul(g, cast(greater(y, 0), g.dtype)),
  linear: true,
  lower: "Relu",
});

const leakyReluOp: Op<{ slope: number }> = {
  name: "leakyRelu",
  infer: ([x]) => {
    checkTypes([x!], floats);
    return [x!];
  },
  gradient: ({ inputs: [x], gradients: [g], attributes: { slope } }) => [g && where(greater(x!, 0), g, mul(g, slope))],
  lower: (emit, [x], node, { slope }) => {
    const { dtype } = node.outputs[0]!;
    if (dtype === "float32") return [emit.add("LeakyRelu", [x!], { alpha: { float: slope } })];
    const scaled = emit.add("Mul", [x!, emit.scalar(slope, dtype)]);
    return [emit.add("Where", [emit.add("Greater", [x!, emit.scalar(0, dtype)]), x!, scaled])];
  },
};

/** x where positive, `slope` * x (default 0.01) elsewhere (Maas et al., 2013). */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return applySingle(leakyReluOp, [x], { slope });
}

/** x * Phi(x), exact (Hendrycks and Gimpel, 2016). */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
/** x * sigmoid(x), also called swish (Elfwing et al., 2018). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

const unaries = { relu, gelu, silu };
methods({ ...unaries, leakyRelu });

type UnaryMethods = { [K in keyof typeof unaries]: () => Tensor };

declare module "../graph/tensor.js" {
  interface Tensor extends UnaryMethods {
    leakyRelu(slope?: number): Tensor;
  }
}
