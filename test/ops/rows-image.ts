import fc from "fast-check";
import type { Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { type Row, type Sample, type SampleInput, sampleOf, shapes, shapeWithAxis, values } from "./sample.js";

/** ONNX Runtime has these kernels for float32 only. */
const single = { float32: 1e-5, float64: 1e-5 };

type Pair = [number, number];
type Sides = [Pair, Pair];

const from = (least: number, most: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));

interface Geometry {
  readonly size: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Sides;
  readonly dilation: Pair;
}

function span({ kernel, dilation }: Geometry, axis: 0 | 1): number {
  return dilation[axis] * (kernel[axis] - 1) + 1;
}

/** Windows that fit; for pooling each sees a cell of the image. */
function geometry({ pooled = false } = {}): fc.Arbitrary<Geometry> {
  return fc
    .record({
      size: from(1, 4),
      kernel: from(1, 3),
      stride: from(1, 2),
      padding: fc.tuple(from(0, 1), from(0, 1)),
      dilation: from(1, 2),
    })
    .filter((given) =>
      ([0, 1] as const).every((axis) => {
        const { size, kernel, padding, dilation } = given;
        if (pooled && (Math.max(...padding[axis]) >= kernel[axis] || (dilation[axis] > 1 && size[axis] < 3)))
          return false;
        return size[axis] + padding[axis][0] + padding[axis][1] >= span(given, axis);
      }),
    );
}

const batch = fc.constantFrom(0, 1, 2);

const conv2d: Row = {
  tolerance: single,
  sample: () =>
    fc
      .tuple(geometry(), batch, from(1, 2), fc.constantFrom(1, 2), fc.boolean())
      .chain(([shape, n, [i, o], groups, biased]) =>
        fc
          .tuple(
            values([n, i * groups, ...shape.size]),
            values([o * groups, i, ...shape.kernel]),
            ...(biased ? [values([o * groups])] : []),
          )
          .map((inputs) =>
            sampleOf(
              inputs as SampleInput[],
              ([x, weight, bias]) => ops.conv2d(x!, weight!, { ...shape, groups, ...(bias && { bias }) }),
              [shape, groups],
            ),
          ),
      ),
};

const convTranspose2d: Row = {
  tolerance: single,
  sample: () =>
    fc
      .tuple(geometry(), batch, from(1, 2), fc.constantFrom(1, 2), fc.boolean())
      .chain(([shape, n, [i, o], groups, biased]) => {
        const bias = biased ? [values([o * groups])] : [];
        // Less padding than the kernel spans, so that something is left; less output padding than the stride.
        const kernel = shape.kernel.map((length, axis) =>
          Math.max(length, shape.padding[axis]![0] + shape.padding[axis]![1] + 1),
        ) as Pair;
        const outputPadding = shape.stride.map((step) => step - 1) as Pair;
        return fc
          .tuple(values([n, i * groups, ...shape.size]), values([i * groups, o, ...kernel]), ...bias)
          .map((inputs) =>
            sampleOf(
              inputs as SampleInput[],
              ([x, weight, b]) =>
                ops.convTranspose2d(x!, weight!, { ...shape, groups, outputPadding, ...(b && { bias: b }) }),
              [shape, groups],
            ),
          );
      }),
};

const maxPool2d: Row = {
  sample: () =>
    fc.tuple(geometry({ pooled: true }), batch, fc.boolean(), fc.boolean()).chain(([shape, n, sideBySide, roundUp]) =>
      values([n, 2, ...shape.size], { distinct: true, low: -40, high: 40 }).map((x) => {
        const options = sideBySide && fits(shape) ? {} : { ...shape, roundUp };
        return sampleOf([x], ([t]) => ops.maxPool2d(t!, shape.kernel, options), [shape, options]);
      }),
    ),
};

function fits({ size, kernel }: Geometry): boolean {
  return size.every((cells, axis) => cells >= kernel[axis]!);
}

const averagePool2d: Row = {
  tolerance: single,
  sample: () =>
    fc
      .tuple(geometry({ pooled: true }), batch, fc.boolean(), fc.boolean())
      .filter(([shape]) => fits(shape))
      .chain(([{ dilation: _, ...shape }, n, sideBySide, countIncludePad]) =>
        values([n, 2, ...shape.size]).map((x) => {
          const options = sideBySide ? {} : { ...shape, countIncludePad };
          return sampleOf([x], ([t]) => ops.averagePool2d(t!, shape.kernel, options), [shape, options]);
        }),
      ),
};

const adaptiveAveragePool2d: Row = {
  tolerance: single,
  sample: () =>
    fc.tuple(from(1, 5), from(1, 3)).chain(([size, wanted]) => {
      const target = wanted.map((count, axis) => Math.min(count, size[axis]!)) as Pair;
      return values([2, 2, ...size]).map((x) =>
        sampleOf([x], ([t]) => ops.adaptiveAveragePool2d(t!, target), [size, target]),
      );
    }),
};

/** Samples whose first input is x [N, C, ...], followed by one number for each channel, as often as `count` says. */
function perChannel(count: number, apply: (tensors: readonly Tensor[], groups: number) => Tensor | readonly Tensor[]) {
  return (): fc.Arbitrary<Sample> =>
    fc
      .tuple(from(1, 2), fc.constantFrom(1, 2), fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }))
      .chain(([[n, c], groups, places]) => {
        const channels = Array.from({ length: count }, () => values([c * groups], { low: 0.25, high: 2 }));
        // One number apart from the others keeps variances away from zero.
        const shape = [n + 1, c * groups, ...places, 2];
        return fc
          .tuple(values(shape, { distinct: true }), ...channels)
          .map((inputs) => sampleOf(inputs, (tensors) => apply(tensors, groups), groups));
      });
}

const statistics = { tolerance: { float32: 1e-4, float64: 1e-5 } };
const epsilon = 0.1;

export const imageRows: Readonly<Record<string, Row>> = {
  conv2d,
  convTranspose2d,
  maxPool2d,
  averagePool2d,
  adaptiveAveragePool2d,
  globalAveragePool: {
    sample: () =>
      from(1, 3).chain((size) => values([2, 3, ...size]).map((x) => sampleOf([x], ([t]) => ops.globalAveragePool(t!)))),
  },
  globalMaxPool: {
    sample: () =>
      from(1, 3).chain((size) =>
        values([2, 3, ...size], { distinct: true, low: -40, high: 40 }).map((x) =>
          sampleOf([x], ([t]) => ops.globalMaxPool(t!)),
        ),
      ),
  },
  enlarge: {
    sample: () =>
      fc
        .tuple(batch, from(1, 3), from(1, 3))
        .chain(([n, size, factors]) =>
          values([n, 2, ...size]).map((x) => sampleOf([x], ([t]) => ops.enlarge(t!, factors), factors)),
        ),
  },
  batchNorm: {
    ...statistics,
    sample: perChannel(2, ([x, scale, bias]) => {
      const { y, mean, variance } = ops.batchNorm(x!, { scale: scale!, bias: bias! }, { epsilon });
      return [y, mean, variance];
    }),
  },
  batchNormFixed: {
    ...statistics,
    sample: perChannel(4, ([x, scale, bias, mean, variance]) =>
      ops.batchNormFixed(x!, { scale: scale!, bias: bias!, mean: mean!, variance: variance! }, { epsilon }),
    ),
  },
  layerNorm: {
    ...statistics,
    sample: () =>
      shapes(1, 3)
        .filter((shape) => !shape.includes(0))
        .chain((shape) => fc.tuple(fc.constant(shape), fc.integer({ min: 0, max: shape.length - 1 })))
        .chain(([shape, axis]) =>
          fc
            .tuple(values(shape), values(shape.slice(axis)), values(shape.slice(axis)))
            .map((inputs) =>
              sampleOf(
                inputs,
                ([x, scale, bias]) => ops.layerNorm(x!, { scale: scale!, bias: bias! }, { epsilon }),
                axis,
              ),
            ),
        ),
  },
  groupNorm: {
    ...statistics,
    sample: perChannel(2, ([x, scale, bias], groups) =>
      ops.groupNorm(x!, { scale: scale!, bias: bias!, groups }, { epsilon }),
    ),
  },
  instanceNorm: {
    ...statistics,
    sample: perChannel(2, ([x, scale, bias]) => ops.instanceNorm(x!, { scale: scale!, bias: bias! }, { epsilon })),
  },
  l2Normalize: {
    sample: (smooth) =>
      shapeWithAxis()
        .filter(({ shape }) => !shape.includes(0))
        .chain(({ shape, axis }) =>
          values(shape, smooth ? {} : { special: [0] }).map((x) =>
            sampleOf([x], ([t]) => ops.l2Normalize(t!, { axis }), axis),
          ),
        ),
  },
};
