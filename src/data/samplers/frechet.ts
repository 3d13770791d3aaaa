import { z } from "zod";
import { frechetDistanceTo } from "../../stats/frechet.js";
import { bestOfCandidates, candidateOptions } from "./best-of-candidates.js";
import type { SamplerEntry, SamplerFactory } from "./sampler.js";

const options = z.strictObject(candidateOptions);

/** Options of {@link frechet}. */
export type FrechetOptions = z.input<typeof options>;

/**
 * Fréchet matching (FRD; Roth et al., ICML 2020): the candidate batch whose Gaussian (mean and covariance of its
 * embeddings) has the smallest Fréchet distance to that of a random pool. Needs `bank`. See bestOfCandidates.
 * Costs some 10 ms a candidate at B = 112; that grows with B^3.
 */
export function frechet(settings: FrechetOptions = {}): SamplerFactory {
  return bestOfCandidates("frechet", options.parse(settings), frechetDistanceTo);
}

export const frechetEntry: SamplerEntry<typeof options> = {
  name: "frechet",
  summary: "of several m-per-class batches, the one nearest to all data in Fréchet distance (FRD)",
  paper:
    "Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020",
  guarantee: "exactly B/m classes and m items each; different items, unless a class has fewer than m",
  needs: ["bank"],
  options,
  create: frechet,
};
