import { constant, type Dim, multiplyDims, type Tensor } from "../../../graph/index.js";
import {
  add,
  arange,
  cast,
  full,
  gather,
  gatherElements,
  greaterEqual,
  less,
  lessEqual,
  mul,
  oneHot,
  reshape,
  scatterAdd,
  scatterRows,
  slice,
  squeeze,
  sub,
  transpose,
  unsqueeze,
  where,
} from "../../../ops/index.js";
import { type Call, type OpRule, type RuleTable, rule } from "../call.js";
import { toDType } from "../tensors.js";

/** Negative indices count from the end; known ones are moved, others only where `size` can be told. */
function fromFront(indices: Tensor, size: Dim): Tensor {
  if (typeof size !== "number") return indices;
  return where(less(indices, 0), add(indices, size), indices);
}

/** Booleans are moved as numbers: sums have no booleans. */
function asNumbers(x: Tensor, apply: (numbers: Tensor) => Tensor): Tensor {
  return x.dtype === "bool" || x.dtype === "uint8" ? cast(apply(cast(x, "int64")), x.dtype) : apply(x);
}

function applyGather(call: Call): Tensor {
  const x = call.tensor(0);
  const axis = call.axis(call.attributes.int("axis", 0), x.rank);
  const size = x.shape[axis] as Dim;
  const known = call.value(1).fixed;
  const [only] = known?.data ?? [];
  // One known entry is a slice, whose gradient is padding.
  if (known?.data.length === 1 && known.shape.length === 0 && typeof only === "number") {
    const start = only < 0 && typeof size === "number" ? only + size : only;
    if (start >= 0) return squeeze(slice(x, { axis, start, end: start + 1 }), axis);
  }
  return gather(x, fromFront(cast(call.tensor(1), "int64"), size), axis);
}

function applyGatherElements(call: Call): Tensor {
  const [x, indices] = call.two;
  const axis = call.axis(call.attributes.int("axis", 0), x.rank);
  const front = fromFront(indices, x.shape[axis] as Dim);
  // Our op wants whole axes beside the one it picks along; a smaller index reads the start of them.
  const trimmed = x.shape.reduce<Tensor>((part, dim, i) => {
    const wanted = indices.shape[i] as Dim;
    return i === axis || wanted === dim ? part : slice(part, { axis: i, end: wanted });
  }, x);
  return gatherElements(trimmed, front, axis);
}

/** The leading axes that an index of `depth` numbers points into, as one axis of rows. */
function rowsOf(call: Call, x: Tensor, indices: Tensor, batch: number): { rows: Tensor; at: Tensor; tail: Dim[] } {
  const depth = call.sizes(1, [indices.rank - 1])[0]!;
  if (batch + depth > x.rank) call.invalid(`at most ${x.rank - batch} numbers in an index`, `${depth}`);
  const sizes = call.sizes(
    0,
    Array.from({ length: depth }, (_, i) => batch + i),
  );
  const parts = sizes.map((size, i) => {
    const entry = squeeze(slice(indices, { axis: indices.rank - 1, start: i, end: i + 1 }), -1);
    return mul(
      fromFront(entry, size),
      sizes.slice(i + 1).reduce((a, b) => a * b, 1),
    );
  });
  const inner = parts.length === 0 ? full(indices.shape.slice(0, -1), 0, "int64") : parts.reduce((a, b) => add(a, b));
  const lead = x.shape.slice(0, batch);
  const tail = x.shape.slice(batch + depth);
  const count = sizes.reduce((a, b) => a * b, 1);
  const rows = reshape(x, [multiplyDims(...lead, count), ...tail]);
  return { rows, at: add(inner, batchOffsets(lead, count, inner)), tail };
}

/** Where the rows of each batch entry start. */
function batchOffsets(lead: readonly Dim[], count: number, like: Tensor): Tensor {
  if (lead.length === 0) return constant(0, { dtype: "int64" });
  const starts = mul(arange(multiplyDims(...lead)), count);
  return reshape(starts, [...lead, ...like.shape.slice(lead.length).map(() => 1)]);
}

function applyGatherND(call: Call): Tensor {
  const [x, indices] = call.two;
  const { rows, at } = rowsOf(call, x, indices, call.attributes.int("batch_dims", 0));
  return asNumbers(rows, (numbers) => gather(numbers, at, 0));
}

/** x with rows of its leading axes replaced, or added to. */
function applyScatterND(call: Call): Tensor {
  const reduction = call.attributes.choice("reduction", ["none", "add"], "none");
  const [x, indices, updates] = call.three;
  return asNumbers(x, (numbers) => {
    const { rows, at, tail } = rowsOf(call, numbers, indices, 0);
    const values = reshape(cast(updates, numbers.dtype), [...at.shape, ...tail]);
    if (reduction === "add") return reshape(scatterRows(rows, at, values), numbers.shape);
    const marked = scatterRows(full(rows.shape.slice(0, 1), 0, "int64"), at, full(at.shape, 1, "int64"));
    const taken = reshape(greaterEqual(marked, 1), [rows.shape[0]!, ...tail.map(() => 1)]);
    return reshape(scatterRows(where(taken, 0, rows), at, values), numbers.shape);
  });
}

/** x with elements replaced, or added to, at their index along one axis. */
function applyScatterElements(call: Call): Tensor {
  const reduction = call.attributes.choice("reduction", ["none", "add"], "none");
  const [x, indices, updates] = call.three;
  const axis = call.axis(call.attributes.int("axis", 0), x.rank);
  const whole = indices.shape.every((dim, i) => i === axis || dim === x.shape[i]);
  if (!whole) call.refuse("indices as long as the data on the other axes", `${indices} for ${x}`);
  const at = fromFront(indices, x.shape[axis] as Dim);
  if (reduction === "add") return scatterAdd(x, at, updates, axis);
  const marked = scatterAdd(full(x.shape, 0, "int64"), at, full(at.shape, 1, "int64"), axis);
  return scatterAdd(where(greaterEqual(marked, 1), 0, x), at, updates, axis);
}

function applyOneHot(call: Call): Tensor {
  const depth = call.number(1);
  const values = call.tensor(2);
  const indices = cast(call.tensor(0), "int64");
  const axis = call.axis(call.attributes.int("axis", -1), indices.rank + 1);
  const hot = oneHot(fromFront(indices, depth), depth, "float32").cast("bool");
  const [off, on] = [0, 1].map((i) => squeeze(slice(values, { axis: 0, start: i, end: i + 1 }), 0));
  const order = indices.shape.map((_, i) => i);
  return transpose(where(hot, on!, off!), [...order.slice(0, axis), indices.rank, ...order.slice(axis)]);
}

/** Column minus row, for each element of a matrix. */
function diagonals(call: Call, { shape }: Tensor): Tensor {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined) return call.invalid("a matrix", `[${shape.join(", ")}]`);
  return sub(unsqueeze(arange(columns), 0), unsqueeze(arange(rows), 1));
}

/** Keeps the triangle above or below a diagonal. */
function applyTriangle(call: Call): Tensor {
  const x = call.tensor(0);
  const shift = call.number(1, 0);
  const distance = diagonals(call, x);
  const kept = call.attributes.flag("upper", true) ? greaterEqual(distance, shift) : lessEqual(distance, shift);
  return asNumbers(x, (numbers) => where(kept, numbers, 0));
}

function applyEyeLike(call: Call): Tensor {
  const x = call.tensor(0);
  const dtype = call.attributes.has("dtype") ? toDType(call.attributes.int("dtype"), call.where) : x.dtype;
  return cast(diagonals(call, x).equal(call.attributes.int("k", 0)), dtype);
}

/** Entries that a mask known when the graph is built keeps. */
function applyCompress(call: Call): Tensor {
  const kept = call.numbers(1).flatMap((keep, i) => (keep === 0 ? [] : [i]));
  const x = call.tensor(0);
  const indices = constant(kept, { dtype: "int64" });
  if (!call.attributes.has("axis")) return gather(reshape(x, [-1]), indices, 0);
  return gather(x, indices, call.axis(call.attributes.int("axis"), x.rank));
}

/** A constant spread over a shape. */
function filled(call: Call): Tensor {
  const proto = call.attributes.tensor("value");
  const stored = proto && call.around.read(proto);
  const value = Number(stored?.numbers[0] ?? 0);
  const dtype = stored?.dtype ?? "float32";
  return full(call.known(0).data, value, dtype);
}

/** Whole numbers of a range whose length is known, or runs to a named size. */
function applyRange(call: Call): Tensor {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.known(i).data[0]);
  const { dtype } = call.tensor(0);
  if (start === 0 && delta === 1 && typeof limit === "string") return arange(limit, dtype);
  return call.refuse("a range of known numbers, or from 0 to a size", `${start} to ${limit} by ${delta}`, "give dims");
}

const scatterElements: OpRule = rule(applyScatterElements);

/** What picks or places elements by index, and makes tensors of a known content. */
export const selectRules: RuleTable = {
  Gather: rule(applyGather),
  GatherElements: rule(applyGatherElements),
  GatherND: rule(applyGatherND),
  ScatterND: rule(applyScatterND),
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  OneHot: rule(applyOneHot, { settings: [1, 2] }),
  Trilu: rule(applyTriangle, { settings: [1] }),
  EyeLike: rule(applyEyeLike),
  Compress: rule(applyCompress, { settings: [1] }),
  ConstantOfShape: rule(filled, { settings: [0] }),
  Range: rule(applyRange, { settings: [0, 1, 2] }),
  Shape: rule((call) => call.refuse("a shape", "none")),
  Size: rule((call) => call.refuse("a shape", "none")),
  NonZero: rule((call) => call.refuse("an input known when the graph is built", `${call.tensor(0)}`)),
};
