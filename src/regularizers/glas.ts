import { z } from "zod";
import { normalize } from "../distances/index.js";
import { constant, type Tensor } from "../graph/index.js";
import { dimension, gather } from "../ops/index.js";
import { mean, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";
import { squaredSimilarities } from "./spread-out.js";

const options = z.strictObject({
  related: z
    .array(z.tuple([z.number().int().min(0), z.number().int().min(0), z.number()]))
    .default([])
    .describe("pairs of classes that occur together, [class, class, wanted cosine]; all other cosines should be 0"),
});

/** Options of {@link glas}. */
export type GlasOptions = z.input<typeof options>;

/**
 * Graph Laplacian and spread-out (Guo et al., Breaking the Glass Ceiling, NeurIPS 2019, eq. 9): the cosines of class
 * vectors equal how often their classes occur together,
 *
 *   1 / C^2 |V V^T - (A Z^-1 + Z^-1 A) / 2|_F^2,  A the co-occurrences of classes, Z their occurrences
 *
 * vectors [C, D]; `related` lists the non-zero targets off the diagonal, which {@link cooccurrenceTargets} computes. With
 * one label a sample there are none, and all class vectors are spread. Computed from V^T V and the listed pairs: memory
 * of D x D and pairs x D, not C x C.
 */
export function glas(settings: GlasOptions = {}): Regularizer {
  const { related } = options.parse(settings);
  return {
    name: "glas",
    reducer: mean(),
    term: (vectors) => {
      const unit = normalize(vectors);
      const lengths = unit.square().sum(1);
      const count = dimension([unit.shape[0]!], [0], unit.dtype);
      // |V V^T - T|^2 = |V^T V|^2 - 2 <V V^T, T> + |T|^2, T being 1 on the diagonal and the listed pairs both ways.
      const own = lengths.mul(-2).add(1).sum();
      const total = squaredSimilarities(unit).add(own).add(pairCost(unit, related));
      return term("scalar", total.div(count.square()));
    },
  };
}

function pairCost(unit: Tensor, related: readonly (readonly [number, number, number])[]): Tensor {
  if (related.length === 0) return constant(0, { dtype: unit.dtype });
  const column = (i: 0 | 1) =>
    constant(
      related.map((pair) => pair[i]),
      { dtype: "int64" },
    );
  const wanted = constant(
    related.map((pair) => pair[2]),
    { dtype: unit.dtype },
  );
  const similarity = gather(unit, column(0)).dot(gather(unit, column(1)));
  return wanted
    .mul(wanted.sub(similarity.mul(2)))
    .sum()
    .mul(2);
}

/**
 * The targets of {@link glas} from the labels of samples, several a sample: for each pair of classes that occurs, half
 * the sum of the two shares of one class's samples that have the other as well.
 */
export function cooccurrenceTargets(labels: readonly (readonly number[])[]): [number, number, number][] {
  const occurrences = new Map<number, number>();
  const together = new Map<string, [number, number, number]>();
  for (const given of labels) {
    const classes = [...new Set(given)].sort((a, b) => a - b);
    for (const [i, a] of classes.entries()) {
      occurrences.set(a, (occurrences.get(a) ?? 0) + 1);
      for (const b of classes.slice(i + 1)) {
        const pair = together.get(`${a} ${b}`) ?? [a, b, 0];
        pair[2]++;
        together.set(`${a} ${b}`, pair);
      }
    }
  }
  const share = (count: number, label: number) => count / (occurrences.get(label) as number);
  return [...together.values()].map(([a, b, count]) => [a, b, (share(count, a) + share(count, b)) / 2]);
}

export const glasEntry: RegularizerEntry<typeof options> = {
  name: "glas",
  summary: "cosines of class vectors that follow how often their classes occur together",
  paper: "Guo et al., Breaking the Glass Ceiling for Embedding-Based Classifiers for Large Output Spaces, NeurIPS 2019",
  options,
  create: glas,
};
