import { z } from "zod";
import type { Random } from "../../rng/index.js";
import { numberDeck } from "./deck.js";
import { itemsByClass } from "./items-by-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

const options = z.strictObject({});

/**
 * SPC-R (Roth et al., ICML 2020): B - 1 random items and one more of the class of one of them, last in the batch. All
 * items of a batch are different and at least one class has two.
 *
 * Where every class in the draw has only one item, its last item makes way for a random one that has a partner. Where
 * all partners are in the draw already, the last item is any other.
 */
export function randomPlusPair(settings: z.input<typeof options> = {}): SamplerFactory {
  options.parse(settings);
  return {
    create(labels, batchSize, random) {
      const name = "random-plus-pair";
      requireMultiple(name, batchSize, 1, "");
      requireEnough(name, "items", Math.max(2, batchSize), labels.length, "choose a smaller batch");
      const classes = new Map(itemsByClass(labels).map((items) => [labels[items[0]!]!, items]));
      const paired = Int32Array.from(labels.keys()).filter((item) => classes.get(labels[item]!)!.length > 1);
      requireEnough(
        name,
        "items",
        2,
        Math.min(paired.length, batchSize),
        "give a class of two items and a batch of two or more",
      );
      const source = new RandomSource(random);
      const items = numberDeck(labels.length, source);
      const next = () => withPair(items.deal(batchSize - 1), { labels, classes, paired, random: source.current });
      return defineSampler({ name, labels, batchSize, parts: { source, items }, next });
    },
  };
}

interface Pool {
  readonly labels: Int32Array;
  readonly classes: ReadonlyMap<number, Int32Array>;
  /** Items whose class has another item. */
  readonly paired: Int32Array;
  readonly random: Random;
}

/** `drawn` and one more item, so that a class is there twice. */
function withPair(drawn: Int32Array, { labels, classes, paired, random }: Pool): Int32Array {
  const inBatch = new Set(drawn);
  const pick = (list: Int32Array) => list[random.integer(list.length)]!;
  const partners = (item: number) =>
    classes.get(labels[item]!)!.filter((other) => other !== item && !inBatch.has(other));
  const anchors = drawn.filter((item) => partners(item).length > 0);
  if (anchors.length > 0) return Int32Array.of(...drawn, pick(partners(pick(anchors))));
  if (drawn.some((item) => classes.get(labels[item]!)!.length > 1)) {
    return Int32Array.of(...drawn, pick(Int32Array.from(labels.keys()).filter((item) => !inBatch.has(item))));
  }
  const anchor = pick(paired);
  return Int32Array.of(...drawn.subarray(0, -1), anchor, pick(partners(anchor)));
}

export const randomPlusPairEntry: SamplerEntry<typeof options> = {
  name: "random-plus-pair",
  summary: "B - 1 random items and a partner for one of them (SPC-R)",
  paper:
    "Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020",
  guarantee: "different items, at least one class twice",
  needs: [],
  options,
  create: randomPlusPair,
};
