import { z } from "zod";
import { numberDeck } from "./deck.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

const options = z.strictObject({});

/**
 * Shuffled items in turn, whatever their class: no item twice in a batch, and none a second time before all have been
 * drawn. For losses with proxies or class weights, which need no positives in the batch.
 */
export function random(settings: z.input<typeof options> = {}): SamplerFactory {
  options.parse(settings);
  return {
    create(labels, batchSize, random) {
      requireMultiple("random", batchSize, 1, "");
      requireEnough("random", "items", batchSize, labels.length, "choose a smaller batch");
      const source = new RandomSource(random);
      const items = numberDeck(labels.length, source);
      const parts = { source, items };
      return defineSampler({ name: "random", labels, batchSize, parts, next: () => items.deal(batchSize) });
    },
  };
}

export const randomEntry: SamplerEntry<typeof options> = {
  name: "random",
  summary: "shuffled items, whatever their class",
  guarantee: "no item twice in a batch, nor again before all have been drawn",
  needs: [],
  options,
  create: random,
};
