import { z } from "zod";
import { SimileError } from "../../errors/index.js";
import type { Random } from "../../rng/index.js";
import { numberDeck } from "./deck.js";
import { concatenate, itemsByClass } from "./items-by-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

const position = z.int().min(0);

const options = z.strictObject({
  count: z.int().min(1).default(10_000).describe("how many triplets are drawn, once, when none are given"),
  triplets: z
    .array(z.tuple([position, position, position]))
    .optional()
    .describe("the triplets: positions of anchor, positive, negative"),
});

/** Options of {@link fixedTriplets}. */
export type FixedTripletsOptions = z.input<typeof options>;

const name = "fixed-triplets";

/**
 * Batches of B/3 triplets of one fixed set, each laid out anchor, positive, negative. The set is given, or `count`
 * triplets are drawn once: a random anchor, another item of its class, an item of another class. No triplet comes a
 * second time before all have come; an item can be in several triplets of a batch.
 *
 * `epochLength`: batches until every triplet has come. For comparisons of losses on equal, small supervision.
 */
export function fixedTriplets(settings: FixedTripletsOptions = {}): SamplerFactory {
  const { count, triplets } = options.parse(settings);
  return {
    create(labels, batchSize, random) {
      requireMultiple(name, batchSize, 3, "items in a triplet");
      const set = triplets?.map((triplet) => checked(Int32Array.from(triplet), labels)) ?? draw(labels, count, random);
      const perBatch = batchSize / 3;
      requireEnough(name, "triplets", perBatch, set.length, "give more triplets or choose a smaller batch");
      const source = new RandomSource(random);
      const order = numberDeck(set.length, source);
      const next = () => concatenate(Array.from(order.deal(perBatch), (index) => set[index]!));
      const epochLength = Math.ceil(set.length / perBatch);
      return defineSampler({ name, labels, batchSize, epochLength, parts: { source, order }, next });
    },
  };
}

/** Drawn from an own stream, so that the same `random` always gives the same set. */
function draw(labels: Int32Array, count: number, random: Random): Int32Array[] {
  const stream = random.fork("triplets");
  const classes = new Map(itemsByClass(labels).map((items) => [labels[items[0]!]!, items]));
  const anchors = labels.map((_, item) => item).filter((item) => classes.get(labels[item]!)!.length > 1);
  requireEnough(name, "classes", 2, classes.size, "give a second class");
  requireEnough(name, "items", 2, anchors.length, "give a class of two items");
  return Array.from({ length: count }, () => {
    const anchor = anchors[stream.integer(anchors.length)]!;
    const own = classes.get(labels[anchor]!)!;
    const other = stream.integer(own.length - 1);
    const positive = own[other]! === anchor ? own[own.length - 1]! : own[other]!;
    for (;;) {
      const negative = stream.integer(labels.length);
      if (labels[negative] !== labels[anchor]) return Int32Array.of(anchor, positive, negative);
    }
  });
}

function checked(triplet: Int32Array, labels: Int32Array): Int32Array {
  const [anchor, positive, negative] = [...triplet].map((item) => labels[item]);
  const inside = triplet.every((item) => item < labels.length);
  if (inside && anchor === positive && triplet[0] !== triplet[1] && anchor !== negative) return triplet;
  throw new SimileError({
    code: "invalid-triplet",
    where: `sampler ${name}`,
    expected: `positions below ${labels.length}: an anchor, another item of its class, an item of another class`,
    received: `[${triplet.join(", ")}] of classes ${[anchor, positive, negative].join(", ")}`,
    remedy: "correct the triplet",
  });
}

export const fixedTripletsEntry: SamplerEntry<typeof options> = {
  name,
  summary: "anchor, positive, negative of one fixed set of triplets",
  guarantee: "B/3 triplets of the set, laid out one after the other; none again before all have come",
  needs: [],
  options,
  create: fixedTriplets,
};
