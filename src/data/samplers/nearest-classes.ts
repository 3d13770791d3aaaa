import { z } from "zod";
import { dot } from "../../linalg/products.js";
import { type Rows, rowAt, rowCount } from "../../linalg/rows.js";
import type { Random } from "../../rng/index.js";
import { ClassMeans } from "./class-means.js";
import { Decks, numberDeck } from "./deck.js";
import { requireBank } from "./embedding-bank.js";
import { concatenate, itemsByClass } from "./items-by-class.js";
import { samplesPerClass } from "./m-per-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

const options = z.strictObject({
  samplesPerClass,
  neighbours: z.int().min(1).default(3).describe("hard classes beside each randomly drawn one; 1 to 5 are usual"),
  temperature: z
    .number()
    .min(0)
    .default(0.05)
    .describe("0: the very nearest classes; above: drawn with chances exp(cosine / temperature)"),
});

/** Options of {@link nearestClasses}. */
export type NearestClassesOptions = z.input<typeof options>;

const name = "nearest-classes";

/**
 * Hard-class batches after SCHEM (Suh et al., CVPR 2019), in the form that needs no extra forward pass: classes drawn at
 * random, each with the `neighbours` classes nearest to it by the cosine of their signatures, m items of each. The
 * signatures are `signatures` where given (such as the proxies of the paper's classification loss), else the class means
 * of `bank`. Classes without a signature yet are nearest to none. The default temperature is our choice.
 *
 * Exactly B/m different classes, m items each as in m-per-class. Every class is drawn as a first one before any is again.
 */
export function nearestClasses(settings: NearestClassesOptions = {}): SamplerFactory {
  const { samplesPerClass, neighbours, temperature } = options.parse(settings);
  return {
    create(labels, batchSize, random, sources = {}) {
      requireMultiple(name, batchSize, samplesPerClass, "samplesPerClass");
      const count = batchSize / samplesPerClass;
      const classes = itemsByClass(labels);
      requireEnough(name, "classes", count, classes.length, "choose a smaller batch or a larger samplesPerClass");
      const source = new RandomSource(random);
      const order = numberDeck(classes.length, source);
      const items = new Decks(classes, source);
      const signatures =
        sources.signatures ?? meansOf(new ClassMeans(requireBank(name, sources, labels.length), classes));
      const next = () => {
        const groups = Math.ceil(count / (1 + neighbours));
        const chosen = withNeighbours(order.deal(groups), count, (seed, taken, wanted) =>
          nearestTo(seed, { signatures: signatures(), taken, wanted, temperature, random: source.current }),
        );
        return concatenate(chosen.map((index) => items.at(index).deal(samplesPerClass)));
      };
      return defineSampler({ name, labels, batchSize, parts: { source, order, items }, next });
    },
  };
}

function meansOf(means: ClassMeans): () => Rows {
  return () => means.rows();
}

type Neighbours = (seed: number, taken: ReadonlySet<number>, wanted: number) => readonly number[];

/** `count` classes: each seed with its share of neighbours, none twice. */
function withNeighbours(seeds: Int32Array, count: number, neighboursOf: Neighbours): number[] {
  const taken = new Set(seeds);
  let left = count - seeds.length;
  return [...seeds].flatMap((seed, position) => {
    const wanted = Math.ceil(left / (seeds.length - position));
    const found = neighboursOf(seed, taken, wanted);
    for (const index of found) taken.add(index);
    left -= found.length;
    return [seed, ...found];
  });
}

interface Neighbourhood {
  readonly signatures: Rows;
  readonly taken: ReadonlySet<number>;
  readonly wanted: number;
  readonly temperature: number;
  readonly random: Random;
}

/** The `wanted` nearest classes that are not taken; a random draw by Gumbel noise on the scores where warm. */
function nearestTo(seed: number, { signatures, taken, wanted, temperature, random }: Neighbourhood): number[] {
  const own = rowAt(signatures, seed);
  const scored = Array.from({ length: rowCount(signatures) }, (_, index) => {
    const other = rowAt(signatures, index);
    const cosine = dot(own, other) / Math.sqrt(dot(own, own) * dot(other, other));
    const noise = -Math.log(-Math.log(random.uniform()));
    // Without a signature (0/0) a class comes after all others, in random order.
    return { index, known: !Number.isNaN(cosine), score: Number.isNaN(cosine) ? noise : cosine + temperature * noise };
  });
  return scored
    .filter(({ index }) => !taken.has(index))
    .sort((a, b) => Number(b.known) - Number(a.known) || b.score - a.score || a.index - b.index)
    .slice(0, wanted)
    .map(({ index }) => index);
}

export const nearestClassesEntry: SamplerEntry<typeof options> = {
  name,
  summary: "random classes, each with the classes nearest to it: hard batches without search (SCHEM)",
  paper: "Suh et al., Stochastic Class-based Hard Example Mining for Deep Metric Learning, CVPR 2019",
  guarantee: "exactly B/m different classes and m items each; different items, unless a class has fewer than m",
  needs: ["bank", "signatures"],
  options,
  create: nearestClasses,
};
