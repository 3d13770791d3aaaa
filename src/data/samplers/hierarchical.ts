import { z } from "zod";
import { Decks, numberDeck } from "./deck.js";
import { concatenate, itemsByClass } from "./items-by-class.js";
import { samplesPerClass } from "./m-per-class.js";
import { RandomSource, type Resumable } from "./resumable.js";
import {
  defineSampler,
  requireEnough,
  requireMultiple,
  requireSource,
  type SamplerEntry,
  type SamplerFactory,
} from "./sampler.js";

const options = z.strictObject({
  superClasses: z.int().min(1).default(2).describe("super-classes in a batch; default of the FastAP paper"),
  samplesPerClass,
});

/** Options of {@link hierarchical}. */
export type HierarchicalOptions = z.input<typeof options>;

/**
 * First super-classes, then classes within them, then items: S super-classes, B/S items of each, in classes of m. The
 * negatives of a batch are then of the same kind as the positives, and hard. Needs `groups`.
 *
 * Super-classes, the classes within one, and the items within a class are each all drawn before any is drawn again. A
 * class comes twice in a batch only if its super-class has fewer than B/(S m); an item only if its class has too few.
 */
export function hierarchical(settings: HierarchicalOptions = {}): SamplerFactory {
  const { superClasses, samplesPerClass } = options.parse(settings);
  const name = "hierarchical";
  return {
    create(labels, batchSize, random, sources = {}) {
      const groups = requireSource(name, sources, "groups");
      requireMultiple(name, batchSize, superClasses * samplesPerClass, "superClasses x samplesPerClass");
      const source = new RandomSource(random);
      const families = itemsByClass(groups).map((items) => new Family(itemsByClass(labels, items), source));
      requireEnough(name, "super-classes", superClasses, families.length, "choose fewer superClasses");
      const order = numberDeck(families.length, source);
      const classesEach = batchSize / superClasses / samplesPerClass;
      const next = () =>
        concatenate(
          Array.from(order.deal(superClasses), (index) => families[index]!.deal(classesEach, samplesPerClass)),
        );
      const parts = {
        source,
        order,
        ...Object.fromEntries(families.map((family, index) => [`family ${index}`, family])),
      };
      return defineSampler({ name, labels, batchSize, parts, next });
    },
  };
}

/** The classes of one super-class. */
class Family implements Resumable {
  private readonly order;
  private readonly items: Decks;

  constructor(classes: readonly Int32Array[], source: RandomSource) {
    this.order = numberDeck(classes.length, source);
    this.items = new Decks(classes, source);
  }

  /** `samples` items of each of `count` classes, class after class; what a repeated class gives is dealt at once, so as not to repeat. */
  deal(count: number, samples: number): Int32Array {
    const times = new Map<number, number>();
    for (const index of this.order.deal(count)) times.set(index, (times.get(index) ?? 0) + 1);
    return concatenate([...times].map(([index, repeats]) => this.items.at(index).deal(repeats * samples)));
  }

  state(): unknown {
    return { order: this.order.state(), items: this.items.state() };
  }

  restore(state: unknown): void {
    const { order, items } = (state ?? {}) as { order?: unknown; items?: unknown };
    this.order.restore(order);
    this.items.restore(items);
  }
}

export const hierarchicalEntry: SamplerEntry<typeof options> = {
  name: "hierarchical",
  summary: "super-classes first, then classes within them, then items",
  paper:
    "Cakir et al., Deep Metric Learning to Rank, CVPR 2019 (idea); pytorch-metric-learning's HierarchicalSampler (form)",
  guarantee: "exactly S super-classes with B/S items each, in runs of m of a class",
  needs: ["groups"],
  options,
  create: hierarchical,
};
