import fc from "fast-check";
import * as ops from "../../src/ops/index.js";
import { type Row, type SampleType, sampleOf, shapes, shapeWithAxis, values } from "./sample.js";

const types = fc.constantFrom<SampleType>("float", "int64");
const filled = shapeWithAxis().filter(({ shape }) => !shape.includes(0));

function at(shape: readonly number[], axis: number): number {
  return (axis + shape.length) % shape.length;
}

/** Indices into `length` entries, negative ones too. */
function indices(shape: readonly number[], length: number) {
  return values(shape, { dtype: "int64", low: -length, high: length - 1 });
}

/** The shape with another size along one axis. */
function resized(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((own, i) => (i === at(shape, axis) ? size : own));
}

export const selectRows: Readonly<Record<string, Row>> = {
  gather: {
    sample: () =>
      fc
        .tuple(filled, shapes(0, 2), fc.constantFrom<SampleType>("float", "int64", "bool"))
        .chain(([{ shape, axis }, chosen, dtype]) =>
          fc
            .tuple(values(shape, { dtype }), indices(chosen, shape[at(shape, axis)]!))
            .map((inputs) => sampleOf(inputs, ([x, i]) => ops.gather(x!, i!, axis), axis)),
        ),
  },
  scatterRows: {
    sample: () =>
      fc
        .tuple(
          shapes(1, 3).filter((shape) => shape[0] !== 0),
          shapes(0, 2),
          types,
        )
        .chain(([shape, chosen, dtype]) =>
          fc
            .tuple(
              values(shape, { dtype }),
              indices(chosen, shape[0]!),
              values([...chosen, ...shape.slice(1)], { dtype }),
            )
            .map((inputs) => sampleOf(inputs, ([x, i, updates]) => ops.scatterRows(x!, i!, updates!))),
        ),
  },
  gatherElements: {
    sample: () =>
      fc
        .tuple(filled, fc.nat(3), types)
        .chain(([{ shape, axis }, size, dtype]) =>
          fc
            .tuple(values(shape, { dtype }), indices(resized(shape, axis, size), shape[at(shape, axis)]!))
            .map((inputs) => sampleOf(inputs, ([x, i]) => ops.gatherElements(x!, i!, axis), axis)),
        ),
  },
  scatterAdd: {
    sample: () =>
      fc.tuple(filled, fc.nat(3), types).chain(([{ shape, axis }, size, dtype]) => {
        const part = resized(shape, axis, size);
        return fc
          .tuple(values(shape, { dtype }), indices(part, shape[at(shape, axis)]!), values(part, { dtype }))
          .map((inputs) => sampleOf(inputs, ([x, i, updates]) => ops.scatterAdd(x!, i!, updates!, axis), axis));
      }),
  },
  topK: {
    sample: (smooth) =>
      fc.tuple(shapeWithAxis(), fc.nat(3), fc.boolean(), types).chain(([{ shape, axis }, wanted, largest, dtype]) => {
        const k = Math.min(wanted, shape[at(shape, axis)]!);
        const range = smooth ? { distinct: true, low: -40, high: 40 } : { low: -1, high: 1 };
        return values(shape, { dtype, ...range }).map((x) =>
          sampleOf(
            [x],
            ([t]) => {
              const { values: best, indices: places } = ops.topK(t!, k, { axis, largest });
              return [best, places];
            },
            { axis, k, largest },
          ),
        );
      }),
  },
  sort: {
    sample: () =>
      fc.tuple(shapeWithAxis(), fc.boolean()).chain(([{ shape, axis }, largest]) =>
        values(shape, { distinct: true, low: -40, high: 40 }).map((x) =>
          sampleOf(
            [x],
            ([t]) => {
              const { values: ordered, indices: places } = ops.sort(t!, { axis, largest });
              return [ordered, places];
            },
            { axis, largest },
          ),
        ),
      ),
  },
  diagonal: {
    sample: () => fc.nat(4).chain((n) => values([n, n]).map((x) => sampleOf([x], ([t]) => ops.diagonal(t!)))),
  },
};
