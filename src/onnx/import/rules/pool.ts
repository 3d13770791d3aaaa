import type { Tensor } from "../../../graph/index.js";
import {
  abs,
  averagePool2d,
  conv2d,
  full,
  max,
  maxPool2d,
  mean,
  mul,
  pad,
  pow,
  reshape,
  sum,
} from "../../../ops/index.js";
import { type Call, type OpRule, type RuleTable, rule } from "../call.js";
import { asImage, likeInput, type NodeWindow, nodeWindow, poolKernel, sides, spatialRank } from "../window.js";

type Numbers = readonly [number, number];

/** The smallest float32: padding that no maximum takes. */
const LOWEST = -3.4028234663852886e38;

function completed({ padding, beyond }: NodeWindow): number[] {
  return padding.map((count, side) => count + (beyond[side - 2] ?? 0));
}

function padded(x: Tensor, [top, left, bottom, right]: readonly number[], value: number): Tensor {
  return pad(
    x,
    [
      [0, 0],
      [0, 0],
      [top!, bottom!],
      [left!, right!],
    ] as [number, number][],
    value,
  );
}

function applyMaxPool(call: Call): Tensor {
  call.attributes.ignore("storage_order");
  const window = nodeWindow(call, poolKernel(call));
  const padding = completed(window);
  const x = asImage(call.tensor(0));
  // The operator itself wants less padding than the kernel is long.
  const fits = padding.every((count, side) => count < window.kernel[side % 2]!);
  const y = maxPool2d(fits ? x : padded(x, padding, LOWEST), window.kernel as Numbers, {
    stride: window.stride as Numbers,
    dilation: window.dilation as Numbers,
    padding: fits ? sides(padding) : 0,
  });
  return likeInput(y, spatialRank(call));
}

/** Sum over each window of cells that are 0 outside the image: a convolution of each channel with ones. */
function windowSum(x: Tensor, window: NodeWindow, padding: readonly number[]): Tensor {
  const [batch, channels, height, width] = x.shape;
  const ones = full([1, 1, ...window.kernel], 1, x.dtype);
  const single = reshape(x, [-1, 1, height!, width!]);
  const y = conv2d(single, ones, {
    stride: window.stride as Numbers,
    dilation: window.dilation as Numbers,
    padding: sides(padding),
  });
  return reshape(y, [batch!, channels!, y.shape[2]!, y.shape[3]!]);
}

/** Windows with gaps, or that reach beyond padding which counts: the sum over the number of cells that count. */
function dividedSum(x: Tensor, window: NodeWindow, includePadding: boolean): Tensor {
  const extended = includePadding ? padded(x, window.padding, 0) : x;
  const padding = includePadding ? [0, 0, ...window.beyond] : completed(window);
  const counted = full([1, 1, ...extended.shape.slice(2)], 1, x.dtype);
  return windowSum(extended, window, padding).div(windowSum(counted, window, padding));
}

function averagePool(x: Tensor, window: NodeWindow, includePadding: boolean): Tensor {
  const padding = completed(window);
  const reaches = window.beyond.some((count) => count > 0);
  const isPlain = window.dilation.every((step) => step === 1) && !(reaches && includePadding);
  if (!isPlain || padding.some((count, side) => count >= window.kernel[side % 2]!))
    return dividedSum(x, window, includePadding);
  return averagePool2d(x, window.kernel as Numbers, {
    stride: window.stride as Numbers,
    padding: sides(padding),
    countIncludePad: includePadding,
  });
}

function applyAveragePool(call: Call): Tensor {
  const window = nodeWindow(call, poolKernel(call));
  const y = averagePool(asImage(call.tensor(0)), window, call.attributes.flag("count_include_pad"));
  return likeInput(y, spatialRank(call));
}

/** (sum of |x|^p)^(1 / p) */
function norm(x: Tensor, p: number, total: (powers: Tensor) => Tensor): Tensor {
  if (p === 1) return total(abs(x));
  return p === 2 ? total(mul(x, x)).sqrt() : pow(total(pow(abs(x), p)), 1 / p);
}

function applyLpPool(call: Call): Tensor {
  const window = nodeWindow(call, poolKernel(call));
  const x = asImage(call.tensor(0));
  const y = norm(x, call.attributes.int("p", 2), (powers) => windowSum(powers, window, completed(window)));
  return likeInput(y, spatialRank(call));
}

/** A reduction of all places, which keep axes of size 1. */
function globalPool(reduce: (x: Tensor, axes: readonly number[], call: Call) => Tensor): OpRule {
  return rule((call) => {
    const x = call.tensor(0);
    return reduce(
      x,
      x.shape.slice(2).map((_, i) => i + 2),
      call,
    );
  });
}

/** Pooling over windows and over whole images. */
export const poolRules: RuleTable = {
  MaxPool: rule(applyMaxPool),
  AveragePool: rule(applyAveragePool),
  LpPool: rule(applyLpPool),
  GlobalAveragePool: globalPool((x, axes) => mean(x, { axes, keepAxes: true })),
  GlobalMaxPool: globalPool((x, axes) => max(x, { axes, keepAxes: true })),
  GlobalLpPool: globalPool((x, axes, { attributes }) =>
    norm(x, attributes.int("p", 2), (powers) => sum(powers, { axes, keepAxes: true })),
  ),
};
