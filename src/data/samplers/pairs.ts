import { SimileError } from "../../errors/index.js";
import type { Random } from "../../rng/index.js";
import { Deck } from "./deck.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, requireMultiple, type Sampler } from "./sampler.js";

/**
 * Batches of whole pairs, B/2 at a time: positions 2p and 2p + 1 of pair p, one after the other. Of alike and unlike pairs
 * (`same` [P]) half the batch each, as far as there are both; no pair of a kind comes twice before all of that kind
 * have come. Errors: `invalid-batch-size`, `too-few-pairs`.
 */
export function pairSampler(same: Uint8Array, batchSize: number, random: Random): Sampler {
  const name = "pairs";
  requireMultiple(name, batchSize, 2, "items in a pair");
  const source = new RandomSource(random);
  const of = (kind: number) => Int32Array.from(same.keys()).filter((pair) => same[pair] === kind);
  const kinds = [of(1), of(0)].filter((pairs) => pairs.length > 0);
  if (kinds.length === 0) throw noPairs(name);
  const decks = kinds.map((pairs) => new Deck(pairs, source));
  const wanted = batchSize / 2;
  const next = () => {
    const counts = decks.length === 1 ? [wanted] : [Math.ceil(wanted / 2), Math.floor(wanted / 2)];
    const drawn = decks.flatMap((deck, kind) => [...deck.deal(counts[kind]!)]);
    return Int32Array.from(drawn.flatMap((pair) => [2 * pair, 2 * pair + 1]));
  };
  const parts = { source, ...Object.fromEntries(decks.map((deck, kind) => [`deck${kind}`, deck])) };
  const labels = Int32Array.from({ length: 2 * same.length }, (_, end) => same[end >> 1]!);
  return defineSampler({ name, labels, batchSize, positivesPerQuery: 1, parts, next });
}

function noPairs(name: string): SimileError {
  return new SimileError({
    code: "too-few-pairs",
    where: `sampler ${name}`,
    expected: "at least one pair",
    received: "none",
    remedy: "add pairs, or keep fewer for test and validation",
  });
}
