import { z } from "zod";
import type { Tensor } from "../graph/index.js";
import { matmul } from "../ops/index.js";
import type { Distance } from "./distance.js";
import type { DistanceEntry } from "./entry.js";
import { lengthOf, normalize, normOrder } from "./normalize.js";

const options = z.strictObject({
  normalize: z.boolean().default(false).describe("divide vectors by their norm first"),
  normOrder,
  power: z.number().positive().default(1).describe("exponent of the product"),
});

/** Options of {@link dot}. */
export type DotOptions = z.input<typeof options>;

/** Inner products x.y, a similarity. Without normalisation it grows with the length of the vectors. */
export function dot(settings: DotOptions = {}): Distance {
  const { normalize: unit, normOrder: order, power } = options.parse(settings);
  const prepare = (x: Tensor) => (unit ? normalize(x, order) : x);
  const raise = (x: Tensor) => (power === 1 ? x : x.pow(power));
  return {
    key: `dot power=${power}${unit ? ` normalized p=${order}` : ""}`,
    inverted: true,
    matrix: (query, key) => {
      if (!unit || !hasManyMoreKeys(query, key)) return raise(matmul(prepare(query), prepare(key).transpose()));
      const lengths = lengthOf(key, order).transpose();
      return raise(matmul(prepare(query), key.transpose()).div(lengths));
    },
    paired: (a, b) => raise(prepare(a).dot(prepare(b))),
  };
}

/** Whether dividing products [B, R] by the lengths of keys is less work than dividing the keys [R, D]. */
function hasManyMoreKeys(query: Tensor, key: Tensor): boolean {
  const [rows, dimension] = query.shape;
  return query !== key && typeof rows === "number" && typeof dimension === "number" && rows < dimension;
}

export const dotEntry: DistanceEntry<typeof options> = {
  name: "dot",
  summary: "inner product of raw vectors (similarity)",
  options,
  create: dot,
};
