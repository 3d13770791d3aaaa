import { constant, type Dim, type Tensor } from "../../../graph/index.js";
import { add, gather, matmul, mul, pad, reshape, transpose } from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";
import { coordinate, type Interpolation, nearestIndex, weightsAt } from "../interpolate.js";
import { LARGEST_KNOWN } from "../value.js";

const transformations = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
] as const;
const roundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;

/** What one axis becomes. */
interface Target {
  readonly axis: number;
  readonly size: number;
  readonly length: number;
  readonly scale: number;
}

/** Sizes that keep the proportions: the smallest or largest scale holds for all. */
function proportionate(scales: readonly number[], policy: string): readonly number[] {
  if (policy === "stretch") return scales;
  const common = policy === "not_larger" ? Math.min(...scales) : Math.max(...scales);
  return scales.map(() => common);
}

function targets(
  call: Call,
  axes: readonly number[],
  scales: readonly number[] | undefined,
  sizes: readonly Dim[] | undefined,
): Target[] {
  const x = call.tensor(0);
  // Axes that keep their size may be open.
  const changed = axes.flatMap((axis, i) =>
    (scales ? scales[i] === 1 : sizes?.[i] === x.shape[axis]) ? [] : [{ axis, i }],
  );
  const own = call.sizes(
    0,
    changed.map(({ axis }) => axis),
  );
  const policy = call.attributes.choice(
    "keep_aspect_ratio_policy",
    ["stretch", "not_larger", "not_smaller"],
    "stretch",
  );
  if (scales) {
    return changed.map(({ axis, i }, j) => {
      const [size, scale] = [own[j]!, scales[i]!];
      return { axis, size, scale, length: Math.floor(size * scale) };
    });
  }
  const wanted = changed.map(({ i }) => (typeof sizes?.[i] === "number" ? sizes[i] : Number.NaN));
  if (!wanted.every(Number.isFinite)) return call.refuse("known sizes", `[${sizes?.join(", ")}]`, "give dims");
  const kept = proportionate(
    wanted.map((length, j) => length / own[j]!),
    policy,
  );
  return changed.map(({ axis }, j) => {
    const length = policy === "stretch" ? wanted[j]! : Math.round(kept[j]! * own[j]!);
    return { axis, size: own[j]!, length, scale: kept[j]! };
  });
}

/** x with its axis mapped by rows of weights. */
function mapAxis(x: Tensor, axis: number, rows: readonly (readonly number[])[]): Tensor {
  const order = x.shape.map((_, i) => i);
  const swapped = order.map((i) => (i === axis ? x.rank - 1 : i === x.rank - 1 ? axis : i));
  const columns = (rows[0] ?? []).map((_, i) => rows.map((row) => row[i]!));
  return transpose(matmul(transpose(x, swapped), constant(columns, { dtype: x.dtype })), swapped);
}

/** Which cells of one axis lie outside the picture, for the value that takes their place. */
function outsideMask(x: Tensor, axis: number, outside: readonly boolean[]): Tensor {
  const shape = x.shape.map((_, i) => (i === axis ? outside.length : 1));
  return reshape(constant(outside.map(Number), { dtype: x.dtype }), shape);
}

function settingsOf(call: Call) {
  const { attributes } = call;
  const older = call.opset < 11;
  const mode = attributes.choice("mode", ["nearest", "linear", "cubic", "bilinear"], "nearest");
  const how: Interpolation = {
    mode: mode === "bilinear" ? "linear" : mode,
    cubic: attributes.float("cubic_coeff_a", -0.75),
    excludeOutside: attributes.flag("exclude_outside"),
    antialias: attributes.flag("antialias"),
  };
  const transformation = attributes.choice(
    "coordinate_transformation_mode",
    transformations,
    older ? "asymmetric" : "half_pixel",
  );
  const rounding = attributes.choice("nearest_mode", roundings, older ? "floor" : "round_prefer_floor");
  return { how, transformation, rounding, fill: attributes.float("extrapolation_value", 0) };
}

/** Interpolates axis by axis: every mode is separable. */
function resize(
  call: Call,
  wanted: readonly Target[],
  roi: readonly number[] | undefined,
  axes: readonly number[],
): Tensor {
  const { how, transformation, rounding, fill } = settingsOf(call);
  return wanted.reduce((x, target) => {
    const { axis, size, length } = target;
    if (!(length >= 1 && length * size <= 64 * LARGEST_KNOWN))
      call.refuse("sizes from 1 to some thousands", `${length}`);
    const at = axes.indexOf(axis);
    const region: readonly [number, number] = roi ? [roi[at] ?? 0, roi[at + axes.length] ?? 1] : [0, 1];
    const places = Array.from({ length }, (_, i) => coordinate(transformation, i, target, region));
    const isOutside = (place: number) => transformation === "tf_crop_and_resize" && (place < 0 || place > size - 1);
    const outside = places.map(isOutside);
    const y =
      how.mode === "nearest"
        ? gather(
            x,
            constant(
              places.map((place) => nearestIndex(rounding, place, size)),
              { dtype: "int64" },
            ),
            axis,
          )
        : mapAxis(
            x,
            axis,
            places.map((place) => weightsAt(how, place, size, target.scale)),
          );
    if (!outside.includes(true)) return y;
    const mask = outsideMask(y, axis, outside);
    return add(mul(y, mask.neg().add(1)), mul(mask, fill));
  }, call.tensor(0));
}

function applyResize(call: Call): Tensor {
  const x = call.tensor(0);
  const older = call.opset < 11;
  const axes = call.axes(call.attributes.ints("axes") ?? x.shape.map((_, axis) => axis), x.rank);
  const [roiAt, scalesAt, sizesAt] = older ? [3, 1, 3] : [1, 2, 3];
  const stated = call.attributes.has("scales") ? call.attributes.floats("scales") : undefined;
  const given = stated ?? (call.has(scalesAt) ? call.numbers(scalesAt) : undefined);
  const scales = given?.length ? given : undefined;
  const sizes = scales === undefined && call.has(sizesAt) ? call.known(sizesAt).data : undefined;
  const counted = scales ?? sizes ?? call.invalid("scales or sizes", "neither");
  if (counted.length !== axes.length) call.invalid(`${axes.length} scales or sizes`, `${counted.length}`);
  const roi = call.has(roiAt) && !older ? call.numbers(roiAt) : undefined;
  return resize(call, targets(call, axes, scales, sizes), roi?.length ? roi : undefined, axes);
}

/** Cuts or pads around the middle to a given size. */
function applyCenterCropPad(call: Call): Tensor {
  const x = call.tensor(0);
  const axes = call.axes(call.attributes.ints("axes") ?? x.shape.map((_, axis) => axis), x.rank);
  const wanted = call.numbers(1);
  const sizes = call.sizes(0, axes);
  return axes.reduce((y, axis, i) => {
    const change = wanted[i]! - sizes[i]!;
    const before = Math.floor(Math.abs(change) / 2);
    if (change <= 0) return y.slice({ axis, start: before, end: before + wanted[i]! });
    return pad(y, [...Array.from({ length: axis }, () => [0, 0] as const), [before, change - before]]);
  }, x);
}

/** Interpolation of images to another size. */
export const resizeRules: RuleTable = {
  Resize: rule(applyResize, { settings: [1, 2, 3] }),
  Upsample: rule(applyResize, { settings: [1] }),
  CenterCropPad: rule(applyCenterCropPad, { settings: [1] }),
};
