import type { z } from "zod";
import { type ParameterTree, scope, type Tensor } from "../graph/index.js";
import type { Entry } from "../registry/index.js";
import type { Relation } from "../relations/index.js";

/** What a miner sees. */
export interface MinerInput extends Relation {
  /** [B, D] */
  readonly query: Tensor;
  /** [R, D] */
  readonly key: Tensor;
}

/**
 * Chooses among the pairs or triplets of a relation. Nothing is differentiated through the choice. Miners look at the
 * pairs they are given: a choice of triplets made before is replaced by theirs.
 */
export interface Miner {
  readonly name: string;
  /** Learned policies, queues; `{}` for most. New values of them come with the relation, as its `updates`. */
  readonly parameters: ParameterTree;
  mine(input: MinerInput): Relation;
}

/** A miner that can be chosen by name. */
export type MinerEntry<Schema extends z.ZodObject = z.ZodObject> = Entry<Miner, Schema>;

/** A miner from its rule: what it returns replaces those parts of the relation. */
export function defineMiner(name: string, rule: (input: MinerInput) => Partial<Relation>): Miner {
  return {
    name,
    parameters: {},
    mine: (input) =>
      scope(`${name} miner`, () => {
        const { query, key, ...relation } = input;
        return { ...relation, ...rule({ ...input, query: query.stopGradient(), key: key.stopGradient() }) };
      }),
  };
}
