import {
  applyOp,
  applySingle,
  type Dim,
  type Emitter,
  failWith,
  mismatch,
  multiplyDims,
  type Node,
  type Op,
  type Shape,
  type Tensor,
} from "../graph/index.js";
import { axisOf, checkAxis, checkTypes, fromFront, methods, numbers } from "./define.js";
import { arange, full, squeeze, transpose, unsqueeze } from "./movement.js";

function checkIndices(indices: { dtype: string }): void {
  if (indices.dtype !== "int64") throw mismatch("int64 indices", 'cast them: indices.cast("int64")', "dtype-mismatch");
}

const gatherOp: Op<{ axis: number }> = {
  name: "gather",
  infer: ([x, indices], { axis }) => {
    checkIndices(indices!);
    checkAxis(axis, x!.shape.length);
    return [{ dtype: x!.dtype, shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)] }];
  },
  gradient: ({ inputs: [x, indices], gradients: [g], attributes: { axis } }) => {
    if (g === undefined) return [];
    const lead = x!.shape.slice(0, axis);
    const tail = x!.shape.slice(axis + 1);
    // Rows first, so that each index names one contiguous row to add to.
    const front = lead.map((_, i) => i);
    const own = indices!.shape.map((_, i) => axis + i);
    const back = tail.map((_, i) => axis + own.length + i);
    const rows = transpose(g, [...own, ...front, ...back]);
    const summed = scatterRows(full([x!.shape[axis] as Dim, ...lead, ...tail], 0, g.dtype), indices!, rows);
    return [transpose(summed, [...front.map((i) => i + 1), 0, ...tail.map((_, i) => lead.length + 1 + i)])];
  },
  lower: (emit, inputs, _node, { axis }) => [emit.add("Gather", inputs, { axis })],
};

/** Entries of x along `axis` at int64 `indices` of any shape, which takes the place of that axis. */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return applySingle(gatherOp, [x, indices], { axis: fromFront(axis, x.rank) });
}

const scatterRowsOp: Op = {
  name: "scatterRows",
  infer: ([x, indices, updates]) => {
    checkIndices(indices!);
    checkTypes([x!, updates!], numbers);
    if (x!.shape.length === 0) throw mismatch("a tensor with rows", "unsqueeze it first");
    const expected: Shape = [...indices!.shape, ...x!.shape.slice(1)];
    if (expected.join() !== updates!.shape.join())
      throw mismatch(`updates of shape [${expected.join(", ")}]`, "give one row for each index");
    return [x!];
  },
  gradient: ({ inputs: [, indices], gradients: [g] }) => (g === undefined ? [] : [g, undefined, gather(g, indices!)]),
  lower: (emit, [x, indices, updates]) => {
    const columns = emit.add("Unsqueeze", [indices!, emit.ints([-1])]);
    return [emit.add("ScatterND", [x!, columns, updates!], { reduction: "add" })];
  },
};

/** x [n, ...] with `updates` [indices..., ...] added to the rows that int64 `indices` name; repeats add up. */
export function scatterRows(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return applySingle(scatterRowsOp, [x, indices, updates], {});
}

/** Indices as long as the tensor on every axis but the one they point along. */
function checkAlong(x: Shape, indices: Shape, axis: number): void {
  checkAxis(axis, x.length);
  if (indices.length !== x.length)
    throw mismatch("as many axes in the indices as in the tensor", "unsqueeze the indices");
  if (indices.some((dim, i) => i !== axis && dim !== x[i]))
    throw mismatch(`equal sizes on all axes but ${axis}`, "expand the indices");
}

const gatherElementsOp: Op<{ axis: number }> = {
  name: "gatherElements",
  infer: ([x, indices], { axis }) => {
    checkIndices(indices!);
    checkAlong(x!.shape, indices!.shape, axis);
    return [{ dtype: x!.dtype, shape: indices!.shape }];
  },
  gradient: ({ inputs: [x, indices], gradients: [g], attributes: { axis } }) => [
    g && scatterAdd(full(x!.shape, 0, g.dtype), indices!, g, axis),
  ],
  lower: (emit, inputs, _node, { axis }) => [emit.add("GatherElements", inputs, { axis })],
};

/** Element by element: result[..., i, ...] = x[..., indices[..., i, ...], ...] along `axis`. */
export function gatherElements(x: Tensor, indices: Tensor, axis = -1): Tensor {
  return applySingle(gatherElementsOp, [x, indices], { axis: fromFront(axis, x.rank) });
}

const scatterAddOp: Op<{ axis: number }> = {
  name: "scatterAdd",
  infer: ([x, indices, updates], { axis }) => {
    checkIndices(indices!);
    checkTypes([x!, updates!], numbers);
    checkAlong(x!.shape, indices!.shape, axis);
    if (indices!.shape.join() !== updates!.shape.join())
      throw mismatch("an index for each update", "make both shapes equal");
    return [x!];
  },
  gradient: ({ inputs: [, indices], gradients: [g], attributes: { axis } }) =>
    g === undefined ? [] : [g, undefined, gatherElements(g, indices!, axis)],
  lower: (emit, inputs, _node, { axis }) => [emit.add("ScatterElements", inputs, { axis, reduction: "add" })],
};

/** x with each update added at its index along `axis`; repeats add up. The reverse of {@link gatherElements}. */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis = -1): Tensor {
  return applySingle(scatterAddOp, [x, indices, updates], { axis: fromFront(axis, x.rank) });
}

/** The k extreme elements along an axis, sorted. */
export interface TopKOptions {
  /** Default the last axis. */
  readonly axis?: number;
  /** Largest first (default) or smallest first. */
  readonly largest?: boolean;
}

type TopKAttributes = { k: Dim; axis: number; largest: boolean };

const topKOp: Op<TopKAttributes> = {
  name: "topK",
  infer: ([x], { k, axis }) => {
    checkTypes([x!], numbers);
    const dim = x!.shape[checkAxis(axis, x!.shape.length)];
    if (typeof k === "number" && (k < 0 || !Number.isInteger(k) || (typeof dim === "number" && k > dim)))
      throw mismatch(`k, a whole number from 0 to ${dim}`, "ask for fewer");
    const shape = x!.shape.map((size, i) => (i === axis ? k : size));
    return [
      { dtype: x!.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  gradient: ({ inputs: [x], outputs: [, indices], gradients: [g], attributes: { axis } }) => [
    g && scatterAdd(full(x!.shape, 0, g.dtype), indices!, g, axis),
  ],
  lower: (emit, [x], node, attributes) => lowerTopK(emit, x!, node, attributes),
};

/** ONNX Runtime's TopK ends the process when there are no rows but k > 0: without rows we ask for 0 and reshape. */
function lowerTopK(emit: Emitter, x: string, node: Node, { k, axis, largest }: TopKAttributes): readonly string[] {
  const rows = multiplyDims(...node.inputs[0]!.shape.filter((_, i) => i !== axis));
  const find = (count: string) => emit.addMany("TopK", [x, count], 2, { axis, largest: Number(largest), sorted: 1 });
  if (typeof rows === "number" && rows > 0) return find(emit.shape([k]));
  const some = emit.add("Min", [emit.shape([rows]), emit.ints([1])]);
  const found = find(emit.add("Mul", [emit.shape([k]), some]));
  return found.map((value) => emit.reshape(value, node.outputs[0]!.shape));
}

/** The k largest (or smallest) values along an axis with their int64 indices; equals in order of index. */
export function topK(
  x: Tensor,
  k: Dim,
  { axis = -1, largest = true }: TopKOptions = {},
): { values: Tensor; indices: Tensor } {
  const [values, indices] = applyOp(topKOp, [x], { k, axis: fromFront(axis, x.rank), largest });
  return { values: values!, indices: indices! };
}

/** All elements along an axis in order (ascending unless `largest`), with their indices. */
export function sort(x: Tensor, { axis = -1, largest = false }: TopKOptions = {}): { values: Tensor; indices: Tensor } {
  return topK(x, x.shape[axisOf("sort", x, axis)] as Dim, { axis, largest });
}

/** The diagonal of [n, n] as [n]. */
export function diagonal(x: Tensor): Tensor {
  if (x.rank !== 2 || x.shape[0] !== x.shape[1])
    failWith("diagonal", [x], mismatch("a square matrix [n, n]", "slice or reshape it first"));
  return squeeze(gatherElements(x, unsqueeze(arange(x.shape[0] as Dim), 1), 1), 1);
}

methods({ gather, scatterRows, gatherElements, scatterAdd, topK, sort });

declare module "../graph/tensor.js" {
  interface Tensor {
    gather(indices: Tensor, axis?: number): Tensor;
    scatterRows(indices: Tensor, updates: Tensor): Tensor;
    gatherElements(indices: Tensor, axis?: number): Tensor;
    scatterAdd(indices: Tensor, updates: Tensor, axis?: number): Tensor;
    topK(k: Dim, options?: TopKOptions): { values: Tensor; indices: Tensor };
    sort(options?: TopKOptions): { values: Tensor; indices: Tensor };
  }
}
