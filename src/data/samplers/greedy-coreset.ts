import { z } from "zod";
import { farthestPoints } from "../../linalg/farthest-points.js";
import type { Random } from "../../rng/index.js";
import { numberDeck } from "./deck.js";
import { type EmbeddingBank, requireBank } from "./embedding-bank.js";
import { concatenate, itemsByClass } from "./items-by-class.js";
import { samplesPerClass } from "./m-per-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireEnough, requireMultiple, type SamplerEntry, type SamplerFactory } from "./sampler.js";

const options = z.strictObject({
  samplesPerClass,
  pool: z.int().min(1).default(512).describe("random items to choose the anchors from"),
});

/** Options of {@link greedyCoreset}. */
export type GreedyCoresetOptions = z.input<typeof options>;

const name = "greedy-coreset";

/**
 * Greedy core-set (GC; Roth et al., ICML 2020): B/m anchors that cover the embeddings of a random pool, by farthest-point
 * selection from a random start, each followed by m - 1 random others of its class. Items that have no embedding yet
 * are chosen before any other. Needs `bank`.
 *
 * Anchors are different; two may be of one class. The items of a batch are different as far as their classes allow. (The
 * authors' code loses the selection: it looks the positions up in another random pool.)
 */
export function greedyCoreset(settings: GreedyCoresetOptions = {}): SamplerFactory {
  const { samplesPerClass, pool } = options.parse(settings);
  return {
    create(labels, batchSize, random, sources = {}) {
      const bank = requireBank(name, sources, labels.length);
      requireMultiple(name, batchSize, samplesPerClass, "samplesPerClass");
      const count = batchSize / samplesPerClass;
      requireEnough(name, "items", count, Math.min(pool, labels.length), "raise pool, or choose a smaller batch");
      const source = new RandomSource(random);
      const items = numberDeck(labels.length, source);
      const classes = new Map(itemsByClass(labels).map((own) => [labels[own[0]!]!, own]));
      const next = () => {
        const anchors = covering(items.deal(Math.min(pool, labels.length)), { count, bank, random: source.current });
        const taken = new Set(anchors);
        return concatenate(
          Array.from(anchors, (anchor) => {
            const own = classes.get(labels[anchor]!)!;
            return Int32Array.of(anchor, ...companions(own, samplesPerClass - 1, taken, source.current));
          }),
        );
      };
      return defineSampler({ name, labels, batchSize, parts: { source, items }, next });
    },
  };
}

interface Cover {
  readonly count: number;
  readonly bank: EmbeddingBank;
  readonly random: Random;
}

/** `count` of the items in `pool`: those without an embedding first, then the farthest ones. */
function covering(pool: Int32Array, { count, bank, random }: Cover): Int32Array {
  const unknown = pool.filter((item) => bank.known[item] === 0).subarray(0, count);
  if (unknown.length === count) return unknown;
  const known = bank.knownOf(pool);
  const { chosen } = farthestPoints(bank.rows(known), count - unknown.length, random.integer(known.length));
  return concatenate([unknown, chosen.map((position) => known[position]!)]);
}

/** `count` items of a class that are not taken, while there are such; they are taken then. */
function companions(own: Int32Array, count: number, taken: Set<number>, random: Random): number[] {
  const free = random.shuffle(own.filter((item) => !taken.has(item)));
  return Array.from({ length: count }, (_, i) => {
    const item = free[i] ?? own[random.integer(own.length)]!;
    taken.add(item);
    return item;
  });
}

export const greedyCoresetEntry: SamplerEntry<typeof options> = {
  name,
  summary: "anchors that cover the embeddings, farthest point first, with others of their classes (GC)",
  paper:
    "Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020",
  guarantee: "B/m different anchors, each followed by m - 1 of its class",
  needs: ["bank"],
  options,
  create: greedyCoreset,
};
