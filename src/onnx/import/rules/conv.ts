import type { Tensor } from "../../../graph/index.js";
import { conv2d, convTranspose2d } from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";
import { asImage, autoPads, likeInput, nodeWindow, samePadding, sides, spatialRank } from "../window.js";

type Numbers = readonly [number, number];

/** The filters as [O, C, h, w], their spatial size checked against what the node says. */
function filters(call: Call): { weight: Tensor; kernel: Numbers } {
  const spatial = spatialRank(call);
  const given = call.tensor(1);
  const stated = call.attributes.ints("kernel_shape");
  if (given.rank !== spatial + 2) call.invalid(`a weight of ${spatial + 2} axes`, `${given}`);
  const sizes = call.sizes(
    1,
    given.shape.slice(2).map((_, i) => i + 2),
  );
  if (stated !== undefined && stated.join() !== sizes.join())
    call.invalid(`kernel_shape [${sizes.join(", ")}] as in the weight`, `[${stated.join(", ")}]`);
  return { weight: asImage(given), kernel: (spatial === 1 ? [1, ...sizes] : sizes) as unknown as Numbers };
}

function applyConv(call: Call): Tensor {
  const { weight, kernel } = filters(call);
  const { stride, padding, dilation } = nodeWindow(call, kernel);
  const bias = call.optional(2);
  const y = conv2d(asImage(call.tensor(0)), weight, {
    groups: call.attributes.int("group", 1),
    stride: stride as Numbers,
    dilation: dilation as Numbers,
    padding: sides(padding),
    ...(bias && { bias }),
  });
  return likeInput(y, spatialRank(call));
}

/** Padding and extra cells of a transposed convolution, stated or from the size that its result shall have. */
function transposedPadding(
  call: Call,
  natural: readonly number[],
  stride: readonly number[],
  stated: readonly number[],
) {
  const { attributes } = call;
  const spatial = spatialRank(call);
  const both = (values: readonly number[]) => (spatial === 1 ? [0, ...values] : [...values]);
  const extra = both(attributes.ints("output_padding") ?? Array.from({ length: spatial }, () => 0));
  const wanted = attributes.ints("output_shape");
  const auto = attributes.choice("auto_pad", autoPads, "NOTSET");
  if (wanted === undefined && (auto === "NOTSET" || auto === "VALID")) return { padding: stated, extra };
  const sizes = spatial === 1 ? [1, ...call.sizes(0, [2])] : call.sizes(0, [2, 3]);
  const target = wanted?.slice(-spatial) ?? sizes.slice(-spatial).map((size, i) => size * stride.slice(-spatial)[i]!);
  const goal = spatial === 1 ? [natural[0]!, ...target] : target;
  const surplus = natural.map((size, axis) => size + extra[axis]! - goal[axis]!);
  const padding = samePadding(
    surplus.map((count) => Math.max(count, 0)),
    auto === "SAME_UPPER",
  );
  return { padding, extra: extra.map((count, axis) => count + Math.max(-surplus[axis]!, 0)) };
}

function applyConvTranspose(call: Call): Tensor {
  const { weight, kernel } = filters(call);
  const { stride, padding: stated, dilation } = nodeWindow(call, kernel);
  const spatial = spatialRank(call);
  const x = asImage(call.tensor(0));
  const sizes = spatial === 1 ? [1, ...call.sizes(0, [2])] : call.sizes(0, [2, 3]);
  const natural = sizes.map((size, axis) => (size - 1) * stride[axis]! + dilation[axis]! * (kernel[axis]! - 1) + 1);
  const { padding, extra } = transposedPadding(call, natural, stride, stated);
  const bias = call.optional(2);
  const y = convTranspose2d(x, weight, {
    groups: call.attributes.int("group", 1),
    stride: stride as unknown as Numbers,
    dilation: dilation as unknown as Numbers,
    padding: sides(padding),
    outputPadding: extra as unknown as Numbers,
    ...(bias && { bias }),
  });
  return likeInput(y, spatial);
}

/** Convolutions over one or two spatial axes, plain, grouped and transposed. */
export const convRules: RuleTable = {
  Conv: rule(applyConv),
  ConvTranspose: rule(applyConvTranspose),
};
