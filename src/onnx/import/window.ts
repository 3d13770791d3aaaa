import type { Tensor } from "../../graph/index.js";
import type { Call } from "./call.js";

/** A window over the spatial axes as its node states it, over two of them: a single axis gets a second of size 1. */
export interface NodeWindow {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** [before..., after...] */
  readonly padding: readonly number[];
  /** [before..., after...] of cells past the stated padding, which `ceil_mode` adds to complete the last window. */
  readonly beyond: readonly number[];
}

/** The spatial axes of images, which must be one or two. */
export function spatialRank(call: Call): number {
  const spatial = call.tensor(0).rank - 2;
  if (spatial === 1 || spatial === 2) return spatial;
  return call.refuse(
    "signals [N, C, L] or images [N, C, H, W]",
    `${call.tensor(0)}`,
    "volumes are not supported; use a model of images",
  );
}

/** [N, C, L] as [N, C, 1, L]. */
export function asImage(x: Tensor): Tensor {
  return x.rank === 3 ? x.unsqueeze(2) : x;
}

/** What {@link asImage} added taken away. */
export function likeInput(y: Tensor, spatial: number): Tensor {
  return spatial === 1 ? y.squeeze(2) : y;
}

function perAxis(call: Call, name: string, spatial: number, otherwise: number): number[] {
  const given = call.attributes.ints(name) ?? Array.from({ length: spatial }, () => otherwise);
  if (given.length !== spatial) call.invalid(`${spatial} numbers in ${name}`, `[${given.join(", ")}]`);
  return spatial === 1 ? [1, ...given] : [...given];
}

function statedPadding(call: Call, spatial: number): number[] {
  const pads = call.attributes.ints("pads") ?? Array.from({ length: 2 * spatial }, () => 0);
  if (pads.length !== 2 * spatial) call.invalid(`${2 * spatial} numbers in pads`, `[${pads.join(", ")}]`);
  return spatial === 1 ? [0, pads[0]!, 0, pads[1]!] : [...pads];
}

/** Padding so that the result has ceil(size / stride) cells; an odd cell goes after (UPPER) or before (LOWER). */
export function samePadding(total: readonly number[], upper: boolean): number[] {
  const smaller = total.map((count) => Math.floor(count / 2));
  const larger = total.map((count) => count - Math.floor(count / 2));
  return upper ? [...smaller, ...larger] : [...larger, ...smaller];
}

export const autoPads = ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] as const;

/** The window of a convolution or pooling over `kernel` cells. */
export function nodeWindow(call: Call, kernel: readonly number[]): NodeWindow {
  const spatial = spatialRank(call);
  const stride = perAxis(call, "strides", spatial, 1);
  const dilation = perAxis(call, "dilations", spatial, 1);
  const auto = call.attributes.choice("auto_pad", autoPads, "NOTSET");
  const stated = statedPadding(call, spatial);
  const span = kernel.map((length, axis) => dilation[axis]! * (length - 1) + 1);
  if (stride.some((step) => step < 1)) call.invalid("strides from 1", `[${stride.join(", ")}]`);
  const sizes = () => (spatial === 1 ? [1, ...call.sizes(0, [2])] : call.sizes(0, [2, 3]));
  const needed = () =>
    sizes().map((size, axis) =>
      Math.max((Math.ceil(size / stride[axis]!) - 1) * stride[axis]! + span[axis]! - size, 0),
    );
  const padding =
    auto === "NOTSET" ? stated : auto === "VALID" ? [0, 0, 0, 0] : samePadding(needed(), auto === "SAME_UPPER");
  const beyond =
    call.attributes.has("ceil_mode") && call.attributes.flag("ceil_mode") && auto === "NOTSET"
      ? sizes().map((size, axis) => {
          const [before, after] = [padding[axis]!, padding[axis + 2]!];
          const room = size + before + after - span[axis]!;
          const steps = Math.ceil(room / stride[axis]!);
          // A last window that would see nothing but padding after the image is left out.
          const last = steps * stride[axis]! >= size + before ? steps - 1 : steps;
          return Math.max(last * stride[axis]! - room, 0);
        })
      : [0, 0];
  return { kernel, stride, padding, dilation, beyond };
}

/** `kernel_shape` of a pooling over one or two spatial axes. */
export function poolKernel(call: Call): readonly number[] {
  const spatial = spatialRank(call);
  const kernel = call.attributes.ints("kernel_shape") ?? [];
  if (kernel.length !== spatial) call.invalid(`${spatial} numbers in kernel_shape`, `[${kernel.join(", ")}]`);
  return spatial === 1 ? [1, ...kernel] : kernel;
}

type Sides = readonly [readonly [number, number], readonly [number, number]];

/** [top, left, bottom, right] as [[top, bottom], [left, right]]. */
export function sides([top, left, bottom, right]: readonly number[]): Sides {
  return [
    [top!, bottom!],
    [left!, right!],
  ];
}
