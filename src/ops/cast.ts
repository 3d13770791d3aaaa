import { applySingle, type DType, type Op, type Tensor } from "../graph/index.js";
import { isFloat, methods } from "./define.js";

const castOp: Op<{ to: DType }> = {
  name: "cast",
  infer: ([x], { to }) => [{ dtype: to, shape: x!.shape }],
  gradient: ({ inputs: [x], gradients: [g], attributes: { to } }) => [
    g !== undefined && isFloat(x!.dtype) && isFloat(to) ? cast(g, x!.dtype) : undefined,
  ],
  lower: (emit, [x], node) => [emit.cast(x!, node.outputs[0]!.dtype)],
};

/** x in another element type; bool becomes 0 or 1, a float becomes true unless 0, fractions are cut towards 0. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : applySingle(castOp, [x], { to: dtype });
}

methods({ cast });

declare module "../graph/tensor.js" {
  interface Tensor {
    cast(dtype: DType): Tensor;
  }
}
