import { z } from "zod";
import { pairwiseDistances, squaredDistance } from "../../linalg/pairwise-distances.js";
import { columnMeans } from "../../linalg/principal-components.js";
import { columnDeviations } from "../../stats/moments.js";
import { wassersteinOfSorted } from "../../stats/wasserstein.js";
import { bestOfCandidates, type Criterion, candidateOptions } from "./best-of-candidates.js";
import type { SamplerEntry, SamplerFactory } from "./sampler.js";

const weight = z.number().min(0);

const options = z.strictObject({
  ...candidateOptions,
  meanWeight: weight.default(1).describe("weight of the distance of the mean embeddings"),
  deviationWeight: weight.default(1).describe("weight of the distance of the standard deviations of each dimension"),
  distributionWeight: weight
    .default(75)
    .describe("weight of the Wasserstein-1 distance of the pairwise distances; authors' code"),
});

/** Options of {@link distanceDistribution}. */
export type DistanceDistributionOptions = z.input<typeof options>;

/**
 * Distance-distribution matching (DDM; Roth et al., ICML 2020): the candidate batch whose embeddings are spread like
 * those of a random pool, by
 *
 *   |m - m'| + |s - s'| + 75 W1(pairwise distances, pairwise distances')
 *
 * with mean m and standard deviation s of each dimension. W1 is that of the distances themselves; the authors' code
 * compares the heights of two histograms as if these were distances. Needs `bank`. See bestOfCandidates.
 */
export function distanceDistribution(settings: DistanceDistributionOptions = {}): SamplerFactory {
  const parsed = options.parse(settings);
  return bestOfCandidates("distance-distribution", parsed, distanceDistributionCost(parsed));
}

/** The cost that {@link distanceDistribution} minimises. */
export function distanceDistributionCost(settings: DistanceDistributionOptions = {}): Criterion {
  const { meanWeight, deviationWeight, distributionWeight } = options.parse(settings);
  return (pool) => {
    const [means, deviations, distances] = [columnMeans(pool), columnDeviations(pool), pairwiseDistances(pool).sort()];
    return (candidate) =>
      meanWeight * Math.sqrt(squaredDistance(means, columnMeans(candidate))) +
      deviationWeight * Math.sqrt(squaredDistance(deviations, columnDeviations(candidate))) +
      distributionWeight * wassersteinOfSorted(distances, pairwiseDistances(candidate).sort());
  };
}

export const distanceDistributionEntry: SamplerEntry<typeof options> = {
  name: "distance-distribution",
  summary: "of several m-per-class batches, the one whose distances are spread like all data's (DDM)",
  paper:
    "Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020",
  guarantee: "exactly B/m classes and m items each; different items, unless a class has fewer than m",
  needs: ["bank"],
  options,
  create: distanceDistribution,
};
