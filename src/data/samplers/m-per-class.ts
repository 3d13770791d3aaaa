import { z } from "zod";
import { Decks, numberDeck } from "./deck.js";
import { concatenate, itemsByClass } from "./items-by-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

/** The option all samplers of m items a class share. */
export const samplesPerClass = z
  .int()
  .min(1)
  .default(4)
  .describe("items of each class in a batch (m); default of Musgrave et al. 2020, 2 in Roth et al. 2020");

const options = z.strictObject({
  samplesPerClass,
  smallClasses: z
    .enum(["repeat", "leave-out"])
    .default("repeat")
    .describe("classes with fewer than m items: repeat their items in a batch, or leave these classes out"),
});

/** Options of {@link mPerClass}. */
export type MPerClassOptions = z.input<typeof options>;

/**
 * B/m different classes, m items of each, class after class: P x K of Hermans et al. 2017, SPC-m of Roth et al. 2020
 * (SPC-2, SPC-4, SPC-8 are `samplesPerClass` 2, 4, 8).
 *
 * The items of a class in a batch are different, unless the class has fewer than m: then each is there once before any
 * is there twice. Every class is drawn before any is drawn again, and within a class every item. (Roth et al.'s code
 * draws classes and items with replacement.)
 */
export function mPerClass(settings: MPerClassOptions = {}): SamplerFactory {
  return mPerClassCalled("m-per-class", settings);
}

/** {@link mPerClass} as a part of the sampler `name`, which its errors name. */
export function mPerClassCalled(name: string, settings: MPerClassOptions): SamplerFactory {
  const { samplesPerClass, smallClasses } = options.parse(settings);
  return {
    create(labels, batchSize, random) {
      requireMultiple(name, batchSize, samplesPerClass, "samplesPerClass");
      const wanted = batchSize / samplesPerClass;
      const classes = itemsByClass(labels).filter(
        (items) => smallClasses === "repeat" || items.length >= samplesPerClass,
      );
      requireEnough(name, "classes", wanted, classes.length, "choose a smaller batch or a larger samplesPerClass");
      const source = new RandomSource(random);
      const order = numberDeck(classes.length, source);
      const items = new Decks(classes, source);
      const next = () => concatenate(Array.from(order.deal(wanted), (index) => items.at(index).deal(samplesPerClass)));
      return defineSampler({
        name,
        labels,
        batchSize,
        positivesPerQuery: samplesPerClass - 1,
        parts: { source, order, items },
        next,
      });
    },
  };
}

export const mPerClassEntry: SamplerEntry<typeof options> = {
  name: "m-per-class",
  summary: "B/m classes with m items each (P x K, SPC-m)",
  paper: "Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, 2017; Roth et al., ICML 2020",
  guarantee: "exactly B/m classes and m items each; different items, unless a class has fewer than m",
  needs: [],
  options,
  create: mPerClass,
};
