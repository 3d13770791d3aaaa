import { z } from "zod";
import { type Rows, rowCount } from "../../linalg/rows.js";
import { numberDeck } from "./deck.js";
import { requireBank } from "./embedding-bank.js";
import { mPerClassCalled, samplesPerClass } from "./m-per-class.js";
import { RandomSource } from "./resumable.js";
import { defineSampler, type SamplerFactory } from "./sampler.js";

/** Options of samplers that draw several batches and keep the best. */
export const candidateOptions = {
  samplesPerClass,
  candidates: z.int().min(1).default(10).describe("batches drawn by m-per-class, of which the best is kept"),
  pool: z.int().min(2).default(512).describe("random items whose embeddings the batch shall resemble"),
};

/** Settings of {@link bestOfCandidates}. */
export interface CandidateSettings {
  readonly samplesPerClass: number;
  readonly candidates: number;
  readonly pool: number;
}

/** How unlike the pool a batch is: made once a pool [P, D], then asked for each candidate [B, D]. */
export type Criterion = (pool: Rows) => (candidate: Rows) => number;

/**
 * Of `candidates` batches of m-per-class, the one that `criterion` finds most like a random pool (Roth et al., ICML
 * 2020); the first of equals. One candidate is m-per-class itself. Items whose embedding is not known yet do not count;
 * a candidate with fewer than two known comes last. Batches not kept are gone: other than in m-per-class, some items may
 * be drawn again before others.
 */
export function bestOfCandidates(name: string, settings: CandidateSettings, criterion: Criterion): SamplerFactory {
  return {
    create(labels, batchSize, random, sources = {}) {
      const bank = requireBank(name, sources, labels.length);
      const { samplesPerClass, candidates } = settings;
      const proposer = mPerClassCalled(name, { samplesPerClass }).create(labels, batchSize, random);
      const source = new RandomSource(random.fork("pool"));
      const items = numberDeck(labels.length, source);
      const next = () => {
        const proposals = Array.from({ length: candidates }, () => proposer.next());
        const pool = bank.rows(bank.knownOf(items.deal(Math.min(settings.pool, labels.length))));
        const cost = rowCount(pool) < 2 ? () => 0 : criterion(pool);
        return leastOf(proposals, (batch) => {
          const rows = bank.rows(bank.knownOf(batch));
          return rowCount(rows) < 2 ? Number.POSITIVE_INFINITY : cost(rows);
        });
      };
      return defineSampler({ name, labels, batchSize, parts: { proposer, source, items }, next });
    },
  };
}

function leastOf(batches: readonly Int32Array[], costOf: (batch: Int32Array) => number): Int32Array {
  let best = batches[0]!;
  if (batches.length === 1) return best;
  let least = costOf(best);
  for (const batch of batches.slice(1)) {
    const cost = costOf(batch);
    if (!(cost < least)) continue;
    least = cost;
    best = batch;
  }
  return best;
}
