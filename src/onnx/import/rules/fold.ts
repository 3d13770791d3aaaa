import { type Dim, multiplyDims } from "../../../graph/index.js";
import type { Call } from "../call.js";
import type { Known } from "../value.js";

/** Computes a node's numbers while the graph is built, or gives up: then the graph computes them. */
export type Fold = (call: Call) => Known | undefined;

function ints(data: readonly Dim[]): Known {
  return { dtype: "int64", shape: [data.length], data };
}

function applyShape(call: Call): Known {
  const { attributes } = call;
  const { shape } = call.tensor(0);
  const start = attributes.int("start", 0);
  const end = attributes.int("end", shape.length);
  return ints(shape.slice(start, end));
}

/** Computations of shapes, by operator. */
export const foldRules: Readonly<Record<string, Fold>> = {
  Shape: applyShape,
  Size: (call) => ({ dtype: "int64", shape: [], data: [multiplyDims(...call.tensor(0).shape)] }),
};
