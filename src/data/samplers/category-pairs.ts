import { z } from "zod";
import type { Random } from "../../rng/index.js";
import { concatenate, itemsByClass } from "./items-by-class.js";
import { parseState, RandomSource, type Resumable } from "./resumable.js";
import {
  defineSampler,
  requireEnough,
  requireMultiple,
  requireSource,
  type SamplerEntry,
  type SamplerFactory,
} from "./sampler.js";

const options = z.strictObject({
  batchesPerPair: z
    .int()
    .min(1)
    .default(5)
    .describe("batches of each pair of categories in an epoch; 5 in the authors' code"),
  samplesPerClass: z.int().min(1).optional().describe("items of a class in an epoch's layout; default all of them"),
});

/** Options of {@link categoryPairs}. */
export type CategoryPairsOptions = z.input<typeof options>;

const name = "category-pairs";

/**
 * The batches of FastAP (Cakir et al., CVPR 2019): half of one category, half of another. At the start of an epoch each
 * category's items are laid out class after class, classes and items within them shuffled; a batch reads on, in a circle,
 * where the category's last one ended. Needs `groups`; each category must have B/2 items in its layout.
 *
 * An epoch is `batchesPerPair` x C(C-1)/2 batches for C categories: each pair equally often, in shuffled order.
 */
export function categoryPairs(settings: CategoryPairsOptions = {}): SamplerFactory {
  const { batchesPerPair, samplesPerClass = Number.POSITIVE_INFINITY } = options.parse(settings);
  return {
    create(labels, batchSize, random, sources = {}) {
      requireMultiple(name, batchSize, 2, "two categories in a batch");
      const categories = itemsByClass(requireSource(name, sources, "groups")).map((items) =>
        itemsByClass(labels, items),
      );
      requireEnough(name, "super-classes", 2, categories.length, "give items of a second category");
      for (const classes of categories) {
        const laidOut = classes.reduce((sum, items) => sum + Math.min(items.length, samplesPerClass), 0);
        requireEnough(
          name,
          "items",
          batchSize / 2,
          laidOut,
          "choose a smaller batch, or leave that small category out",
        );
      }
      const plan = { categories, batchesPerPair, samplesPerClass, half: batchSize / 2 };
      const epochLength = (batchesPerPair * categories.length * (categories.length - 1)) / 2;
      const epochs = new EpochBatches(random, epochLength, (stream) => pairBatches(plan, stream));
      return defineSampler({ name, labels, batchSize, epochLength, parts: { epochs }, next: () => epochs.next() });
    },
  };
}

interface PairPlan {
  /** Items by class of each category. */
  readonly categories: readonly (readonly Int32Array[])[];
  readonly batchesPerPair: number;
  readonly samplesPerClass: number;
  /** Items of a category in a batch. */
  readonly half: number;
}

/** The batches of one epoch. */
function* pairBatches(
  { categories, batchesPerPair, samplesPerClass, half }: PairPlan,
  random: Random,
): Generator<Int32Array> {
  const layouts = categories.map((classes) =>
    concatenate(random.shuffle([...classes]).map((items) => random.shuffle(items.slice()).slice(0, samplesPerClass))),
  );
  const pointers = layouts.map(() => 0);
  const read = (category: number) => {
    const layout = layouts[category]!;
    const start = pointers[category]!;
    pointers[category] = (start + half) % layout.length;
    return Int32Array.from({ length: half }, (_, i) => layout[(start + i) % layout.length]!);
  };
  const pairs = categories.flatMap((_, a) => Array.from({ length: a }, (_unused, b) => [a, b] as const));
  const schedule = random.shuffle(Array.from({ length: batchesPerPair }, () => pairs).flat());
  for (const [a, b] of schedule) yield concatenate([read(a), read(b)]);
}

/** Epoch after epoch of batches; the state is where the epoch's random numbers began and how many batches it has given. */
class EpochBatches implements Resumable {
  private readonly source: RandomSource;
  private start: unknown;
  private served = 0;
  private batches: Iterator<Int32Array, unknown>;

  constructor(
    random: Random,
    private readonly length: number,
    private readonly epoch: (random: Random) => Iterator<Int32Array, unknown>,
  ) {
    this.source = new RandomSource(random);
    this.start = this.source.state();
    this.batches = epoch(this.source.current);
  }

  next(): Int32Array {
    const { value, done } = this.batches.next();
    if (done !== true) {
      this.served++;
      return value;
    }
    this.begin(this.source.state());
    return this.next();
  }

  state(): unknown {
    return { start: this.start, served: this.served };
  }

  restore(state: unknown): void {
    const schema = z.object({ start: z.unknown(), served: z.int().min(0).max(this.length) });
    const { start, served } = parseState(schema, state, `a place in an epoch of ${this.length} batches`);
    this.begin(start);
    while (this.served < served) this.next();
  }

  private begin(start: unknown): void {
    this.source.restore(start);
    this.start = start;
    this.served = 0;
    this.batches = this.epoch(this.source.current);
  }
}

export const categoryPairsEntry: SamplerEntry<typeof options> = {
  name,
  summary: "half of one category and half of another, every pair of categories in turn",
  paper: "Cakir et al., Deep Metric Learning to Rank (FastAP), CVPR 2019",
  guarantee: "exactly two categories, B/2 different items each; every pair equally often in an epoch",
  needs: ["groups"],
  options,
  create: categoryPairs,
};
