import fc from "fast-check";
import * as ops from "../../src/ops/index.js";
import { broadcastPair, count, type Row, type SampleType, sampleOf, shapes, values } from "./sample.js";

const length = fc.constantFrom(0, 1, 2, 3);
const types = fc.constantFrom<SampleType>("float", "int64");

/** Equations with their letters' sizes drawn at random. */
const equations = [
  "ij->ji",
  "ij->i",
  "ij->",
  "ij,jk->ik",
  "ij,kj->ki",
  "bid,bjd->bij",
  "bhid,bhjd->bhij",
  "i,j->ij",
  "i,i->",
  "ijk,k->ji",
  "ij,ij->",
  "ij,kl->ljk",
  "bij,kj->bik",
  ",i->i",
];

export const matmulRows: Readonly<Record<string, Row>> = {
  matmul: {
    sample: () =>
      fc
        .tuple(
          broadcastPair().filter((pair) => pair.every((shape) => shape.length <= 2 && count(shape) <= 6)),
          length,
          length,
          length,
          types,
        )
        .chain(([[a, b], rows, inner, columns, dtype]) =>
          fc
            .tuple(values([...a, rows, inner], { dtype }), values([...b, inner, columns], { dtype }))
            .map((inputs) => sampleOf(inputs, ([x, y]) => ops.matmul(x!, y!))),
        ),
  },
  dot: {
    sample: () =>
      shapes(1).chain((shape) =>
        fc.tuple(values(shape), values(shape)).map((inputs) => sampleOf(inputs, ([x, y]) => ops.dot(x!, y!))),
      ),
  },
  outer: {
    sample: () =>
      fc
        .tuple(shapes(0, 1), length, length)
        .chain(([lead, n, m]) =>
          fc
            .tuple(values([...lead, n]), values([...lead, m]))
            .map((inputs) => sampleOf(inputs, ([x, y]) => ops.outer(x!, y!))),
        ),
  },
  einsum: {
    sample: () =>
      fc
        .tuple(fc.constantFrom(...equations), fc.array(length, { minLength: 12, maxLength: 12 }))
        .chain(([equation, sizes]) => {
          const letters = "bhidjkl";
          const terms = equation.split("->")[0]!.split(",");
          const inputs = terms.map((term) => values([...term].map((letter) => sizes[letters.indexOf(letter)]!)));
          return fc
            .tuple(...inputs)
            .map((given) => sampleOf(given, (tensors) => ops.einsum(equation, ...tensors), equation));
        }),
  },
};
