import { z } from "zod";
import { Decks, numberDeck } from "./deck.js";
import { itemsByClass } from "./items-by-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

const options = z.strictObject({});

/**
 * Each class equally often, however many items it has: within a batch, and over any number of batches, the counts of
 * two classes differ by at most one. Within a class every item is drawn before any repeats. When the batch is larger
 * than the number of classes times the size of a small class, items of that class repeat in the batch.
 */
export function classBalanced(settings: z.input<typeof options> = {}): SamplerFactory {
  options.parse(settings);
  return {
    create(labels, batchSize, random) {
      requireMultiple("class-balanced", batchSize, 1, "");
      requireEnough("class-balanced", "items", 1, labels.length, "give data");
      const source = new RandomSource(random);
      const classes = itemsByClass(labels);
      const order = numberDeck(classes.length, source);
      const items = new Decks(classes, source);
      const next = () => {
        const drawn = order.deal(batchSize);
        const counts = new Map<number, number>();
        for (const index of drawn) counts.set(index, (counts.get(index) ?? 0) + 1);
        const dealt = new Map([...counts].map(([index, count]) => [index, items.at(index).deal(count).values()]));
        return drawn.map((index) => dealt.get(index)!.next().value!);
      };
      return defineSampler({ name: "class-balanced", labels, batchSize, parts: { source, order, items }, next });
    },
  };
}

export const classBalancedEntry: SamplerEntry<typeof options> = {
  name: "class-balanced",
  summary: "each class equally often, however many items it has",
  guarantee: "the counts of two classes differ by at most one, in each batch and over all",
  needs: [],
  options,
  create: classBalanced,
};
