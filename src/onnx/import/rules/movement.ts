import { broadcastShapes, type Dim, divideDims, multiplyDims, type Shape, type Tensor } from "../../../graph/index.js";
import { concat, expand, flip, reshape, slice, split, transpose } from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";

/** Target of a Reshape: 0 copies the input's size, unless `allowzero`; one -1 is worked out. */
function applyReshape(call: Call): Tensor {
  const x = call.tensor(0);
  const keepZeros = call.attributes.flag("allowzero");
  const wanted = call.setting("shape", 1) ?? call.invalid("a shape", "none");
  const shape = wanted.map((dim, axis) => (dim === 0 && !keepZeros ? (x.shape[axis] ?? 0) : dim));
  if (shape[0] === 1 && call.isOpened(x)) shape[0] = x.shape[0]!;
  return reshape(x, shape);
}

function applyFlatten(call: Call): Tensor {
  const x = call.tensor(0);
  const stated = call.attributes.int("axis", 1);
  const axis = stated === x.rank ? stated : call.axis(stated, Math.max(x.rank, 1));
  return reshape(x, [multiplyDims(...x.shape.slice(0, axis)), multiplyDims(...x.shape.slice(axis))]);
}

function applySqueeze(call: Call): Tensor {
  const x = call.tensor(0);
  const given = call.integers("axes", 1);
  const axes =
    given === undefined ? x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : [])) : call.axes(given, x.rank);
  const wrong = axes.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined) call.refuse(`axis ${wrong} to have size 1`, `${x}`, "give the sizes of the inputs (dims)");
  return reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

function applyUnsqueeze(call: Call): Tensor {
  const x = call.tensor(0);
  const given = call.integers("axes", 1) ?? call.invalid("axes", "none");
  const rank = x.rank + given.length;
  const axes = call.axes(given, rank);
  const rest = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as Dim))),
  );
}

function applyTranspose(call: Call): Tensor {
  const x = call.tensor(0);
  return transpose(x, call.attributes.ints("perm") ?? x.shape.map((_, axis) => x.rank - 1 - axis));
}

function applyConcat(call: Call): Tensor {
  const tensors = call.tensors;
  const axis = call.axis(call.attributes.int("axis", 1), tensors[0]?.rank ?? 0);
  const opened = axis === 0 ? undefined : tensors.find((tensor) => call.isOpened(tensor));
  // A class token for a batch of one is the same for every picture.
  const batch = opened?.shape[0];
  const whole = (tensor: Tensor) =>
    batch !== undefined && tensor.shape[0] === 1 ? expand(tensor, [batch, ...tensor.shape.slice(1)]) : tensor;
  return concat(tensors.map(whole), axis);
}

/** Sizes of the parts: stated, or as equal as they can be, the last one smaller. */
function partSizes(call: Call, size: Dim): readonly Dim[] {
  const stated = call.setting("split", 1);
  if (stated !== undefined) return stated;
  const parts = call.attributes.int("num_outputs", call.node.output.length);
  const even = divideDims(size, parts);
  if (even !== undefined) return Array.from({ length: parts }, () => even);
  if (typeof size !== "number") return call.refuse(`a size that ${parts} parts divide`, `${size}`, "give dims");
  const part = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, i) => Math.max(Math.min(part, size - i * part), 0));
}

function applySplit(call: Call): Tensor[] {
  const x = call.tensor(0);
  const axis = call.axis(call.attributes.int("axis", 0), x.rank);
  const sizes = partSizes(call, x.shape[axis] as Dim);
  if (sizes.length !== call.node.output.length)
    call.invalid(`${call.node.output.length} sizes of parts`, `${sizes.length}`);
  return split(x, sizes, axis);
}

/** A bound of a slice inside 0 to `size`, which may be a name. */
function bound(position: Dim, size: Dim, step: number): Dim {
  const last = typeof size === "number" ? size : Number.POSITIVE_INFINITY;
  if (typeof position !== "number") return position;
  if (typeof size === "number") {
    const from = position < 0 ? position + size : position;
    return step > 0 ? Math.min(Math.max(from, 0), last) : Math.min(Math.max(from, -1), size - 1);
  }
  // Beyond any size means to the end.
  return position > 2 ** 30 ? size : position;
}

/** The slice of one axis, forwards or backwards. */
function sliceAxis(call: Call, x: Tensor, axis: number, [start, end, step]: readonly [Dim, Dim, number]): Tensor {
  const size = x.shape[axis] as Dim;
  if (step === 0) call.invalid("steps other than 0", "0");
  const [from, to] = [bound(start, size, step), bound(end, size, step)];
  if (step > 0) {
    const stop = typeof from === "number" && typeof to === "number" && to < from && from >= 0 && to >= 0 ? from : to;
    return slice(x, { axis, start: from, end: stop, step });
  }
  if (typeof size !== "number" || typeof from !== "number" || typeof to !== "number")
    return call.refuse("a known size to go backwards in", `${x}`, "give the sizes of the inputs (dims)");
  const backwards = { start: size - 1 - from, end: Math.max(size - 1 - to, size - 1 - from) };
  return slice(flip(x, axis), { axis, ...backwards, step: -step });
}

function applySlice(call: Call): Tensor {
  const x = call.tensor(0);
  const starts = call.setting("starts", 1) ?? call.invalid("starts", "none");
  const ends = call.setting("ends", 2) ?? call.invalid("ends", "none");
  const axes = call.axes(call.integers("axes", 3) ?? starts.map((_, axis) => axis), x.rank);
  const steps = call.has(4) ? call.numbers(4) : starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length))
    call.invalid("as many ends, axes and steps as starts", `${ends.length}, ${axes.length} and ${steps.length}`);
  return axes.reduce((part, axis, i) => sliceAxis(call, part, axis, [starts[i]!, ends[i]!, steps[i]!]), x);
}

function applyExpand(call: Call): Tensor {
  const x = call.tensor(0);
  const shape = broadcastShapes(x.shape, call.known(1).data);
  return expand(x, shape ?? call.invalid(`a shape that broadcasts with ${x}`, `[${call.known(1).data.join(", ")}]`));
}

/** Each axis repeated as a whole. */
function applyTile(call: Call): Tensor {
  const x = call.tensor(0);
  const repeats = call.known(1).data;
  if (repeats.length !== x.rank) call.invalid(`${x.rank} repeats`, `${repeats.length}`);
  if (repeats.every((count) => count === 1)) return x;
  const apart: Shape = x.shape.flatMap((dim) => [1, dim]);
  const repeated: Shape = x.shape.flatMap((dim, axis) => [repeats[axis]!, dim]);
  const shape = x.shape.map((dim, axis) => multiplyDims(dim, repeats[axis]!));
  return reshape(expand(reshape(x, apart), repeated), shape);
}

function blocks(call: Call): { x: Tensor; block: number; shape: readonly [Dim, number, number, number] } {
  const x = call.tensor(0);
  if (x.rank !== 4) call.invalid("images [N, C, H, W]", `${x}`);
  const [channels, height, width] = call.sizes(0, [1, 2, 3]) as [number, number, number];
  const block = call.attributes.int("blocksize");
  if (block < 1) call.invalid("a blocksize from 1", `${block}`);
  return { x, block, shape: [x.shape[0]!, channels, height, width] };
}

function depthToSpace(call: Call): Tensor {
  const { x, block, shape } = blocks(call);
  const [batch, channels, height, width] = shape;
  const deep = channels / block ** 2;
  const large = [batch, deep, height * block, width * block];
  if (call.attributes.choice("mode", ["DCR", "CRD"], "DCR") === "DCR")
    return reshape(transpose(reshape(x, [batch, block, block, deep, height, width]), [0, 3, 4, 1, 5, 2]), large);
  return reshape(transpose(reshape(x, [batch, deep, block, block, height, width]), [0, 1, 4, 2, 5, 3]), large);
}

function spaceToDepth(call: Call): Tensor {
  const { x, block, shape } = blocks(call);
  const [batch, channels, height, width] = shape;
  const [rows, columns] = [height / block, width / block];
  const apart = reshape(x, [batch, channels, rows, block, columns, block]);
  const order =
    call.attributes.choice("mode", ["DCR", "CRD"], "DCR") === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  return reshape(transpose(apart, order), [batch, channels * block ** 2, rows, columns]);
}

/** What changes where elements stand, not their values. */
export const movementRules: RuleTable = {
  Reshape: rule(applyReshape, { settings: [1] }),
  Flatten: rule(applyFlatten),
  Squeeze: rule(applySqueeze, { settings: [1] }),
  Unsqueeze: rule(applyUnsqueeze, { settings: [1] }),
  Transpose: rule(applyTranspose),
  Concat: rule(applyConcat),
  Split: rule(applySplit, { settings: [1] }),
  Slice: rule(applySlice, { settings: [1, 2, 3, 4] }),
  Expand: rule(applyExpand, { settings: [1] }),
  Tile: rule(applyTile, { settings: [1] }),
  DepthToSpace: rule(depthToSpace),
  SpaceToDepth: rule(spaceToDepth),
};
