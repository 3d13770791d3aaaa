import { z } from "zod";
import { SimileError } from "../../errors/index.js";
import type { Rows } from "../../linalg/rows.js";
import type { Entry } from "../../registry/index.js";
import type { Random } from "../../rng/index.js";
import type { EmbeddingBank } from "./embedding-bank.js";
import { parseState, type Resumable } from "./resumable.js";

/** Draws batches without end. */
export interface Sampler extends Resumable {
  /** Name of its rule. */
  readonly name: string;
  /** Items in every batch. */
  readonly batchSize: number;
  /**
   * Batches that count as an epoch: `ceil(N / batchSize)`, so that an epoch is about one look at each of the N items,
   * unless the sampler's own page says otherwise. Batches may run over the border between two epochs.
   */
  readonly epochLength: number;
  /** Most other items of its class that an item has in a batch, where the rule bounds them. */
  readonly positivesPerQuery?: number | undefined;
  /** Indices [batchSize] of the next batch's items. */
  next(): Int32Array;
}

/** What some samplers need besides labels; everything counts by the position of an item in the labels. */
export interface SamplerSources {
  /** [N] super-class (category) of each item. */
  readonly groups?: Int32Array;
  /** Recent embeddings of the items. A checkpoint must keep the bank too if resuming is to be exact. */
  readonly bank?: EmbeddingBank;
  /** One vector a class [C, D], in ascending order of label, such as learned proxies; read anew for each batch. */
  readonly signatures?: () => Rows;
}

/** A rule for batches, ready for any data. */
export interface SamplerFactory {
  /**
   * `labels` [N]: class of each item; `random` is copied, not advanced. Errors: `invalid-batch-size`, `too-few-classes`,
   * `too-few-items`, `missing-source`.
   */
  create(labels: Int32Array, batchSize: number, random: Random, sources?: SamplerSources): Sampler;
}

/** A sampler that can be chosen by name. */
export interface SamplerEntry<Schema extends z.ZodObject = z.ZodObject> extends Entry<SamplerFactory, Schema> {
  /** What holds for every batch. */
  readonly guarantee: string;
  /** Which of {@link SamplerSources} it works with; any one of them is enough. */
  readonly needs: readonly (keyof SamplerSources)[];
}

/** What {@link defineSampler} makes a sampler from. */
export interface SamplerDefinition {
  readonly name: string;
  readonly labels: Int32Array;
  readonly batchSize: number;
  readonly epochLength?: number;
  readonly positivesPerQuery?: number;
  /** Everything that changes from batch to batch. */
  readonly parts: Readonly<Record<string, Resumable>>;
  readonly next: () => Int32Array;
}

const stateSchema = z.object({
  sampler: z.string(),
  items: z.number(),
  batchSize: z.number(),
  parts: z.record(z.string(), z.unknown()),
});

/** A sampler whose state is that of its parts, marked with what it belongs to. */
export function defineSampler(definition: SamplerDefinition): Sampler {
  const { name, labels, batchSize, epochLength, positivesPerQuery, parts, next } = definition;
  const identity = { sampler: name, items: labels.length, batchSize };
  return {
    name,
    batchSize,
    epochLength: epochLength ?? Math.ceil(labels.length / batchSize),
    positivesPerQuery,
    next,
    state: () => ({
      ...identity,
      parts: Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, part.state()])),
    }),
    restore(state) {
      const { parts: saved, ...belongsTo } = parseState(stateSchema, state, "the state of a sampler");
      const [wanted, found] = [JSON.stringify(identity), JSON.stringify(belongsTo)];
      if (wanted !== found) throw wrongState(name, wanted, found);
      for (const [key, part] of Object.entries(parts)) part.restore(saved[key]);
    },
  };
}

function wrongState(name: string, expected: string, received: string): SimileError {
  return new SimileError({
    code: "invalid-state",
    where: `sampler ${name}`,
    expected: `a state of ${expected}`,
    received,
    remedy: "restore it into a sampler of the same kind, batch size and data",
  });
}

/** Throws unless `batchSize` is a whole multiple of `unit` items; `why` says what comes in that unit. */
export function requireMultiple(name: string, batchSize: number, unit: number, why: string): void {
  if (Number.isSafeInteger(batchSize) && batchSize > 0 && batchSize % unit === 0) return;
  throw new SimileError({
    code: "invalid-batch-size",
    where: `sampler ${name}`,
    expected: unit === 1 ? "a whole batch size from 1" : `a batch size that ${unit} divides (${why})`,
    received: String(batchSize),
    remedy:
      unit === 1
        ? "choose another batch size"
        : `choose ${unit * Math.max(1, Math.round(batchSize / unit) || 1)}, or change ${why}`,
  });
}

/** Throws unless there are `needed` of `what`. */
export function requireEnough(
  name: string,
  what: "items" | "classes" | "super-classes" | "triplets",
  needed: number,
  there: number,
  remedy: string,
): void {
  if (there >= needed) return;
  throw new SimileError({
    code: `too-few-${what}`,
    where: `sampler ${name}`,
    expected: `at least ${needed} ${what} for a batch`,
    received: String(there),
    remedy,
  });
}

/** The source called `key`, or an error that says how to give it. */
export function requireSource<Key extends keyof SamplerSources>(
  name: string,
  sources: SamplerSources,
  key: Key,
): NonNullable<SamplerSources[Key]> {
  const source = sources[key];
  if (source !== undefined) return source;
  const meaning = {
    groups: "the super-class of each item",
    bank: "an embedding bank",
    signatures: "a vector for each class",
  };
  throw new SimileError({
    code: "missing-source",
    where: `sampler ${name}`,
    expected: meaning[key],
    received: "none",
    remedy: `pass { ${key} } as the last argument of create, or choose a sampler that works from labels alone`,
  });
}
