import { classIndex } from "../data/index.js";
import { EmbeddingBank, pairSampler, type Sampler, type SamplerSources, samplers } from "../data/samplers/index.js";
import { SimileError } from "../errors/index.js";
import { Parameter, type ParameterTree } from "../graph/index.js";
import type { Random } from "../rng/index.js";
import type { Variables } from "../run/index.js";
import { type Choice, create } from "./choice.js";
import type { TrainConfig } from "./config.js";
import type { PreparedData } from "./parts.js";

/** The sampler of a run, with the embeddings it may look at. */
export interface Sampling {
  readonly sampler: Sampler;
  /** The bank as variables, so that checkpoints hold it; `{}` when the sampler needs none. */
  readonly parameters: ParameterTree;
  /** Newest embeddings by position in the training part; undefined when the sampler needs none. */
  readonly bank: EmbeddingBank | undefined;
  /** Copies the bank into its variables, before a checkpoint. */
  save(variables: Variables): void;
  /** Copies the bank out of its variables, after a checkpoint was read. */
  restore(variables: Variables): void;
}

const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1));

/** Categories of the training items, when the data have them. */
function groupsOf({ dataset, parts }: PreparedData): Pick<SamplerSources, "groups"> {
  const items = Array.from(parts.train, (item) => dataset.items[item]!);
  if (items.some(({ group }) => group === undefined)) return {};
  return { groups: classIndex(items.map(({ name, group }) => ({ name, label: group! }))).labels };
}

/** The group of each training class; an error where the data have none, or a class is in several. */
export function groupsByClass(data: PreparedData): number[] {
  const { groups } = groupsOf(data);
  const problem = (received: string) =>
    new SimileError({
      code: "no-groups",
      where: "groupWeight",
      expected: "data whose items name a group, the same for all items of a class",
      received,
      remedy: "add a column group to the listing, or leave out groupWeight",
    });
  if (groups === undefined) throw problem("data without groups");
  const found = new Map<number, number>();
  for (const [i, label] of data.trainLabels.entries()) {
    if ((found.get(label) ?? groups[i]) !== groups[i]) throw problem(`${data.trainClasses[label]} in several groups`);
    found.set(label, groups[i]!);
  }
  return data.trainClasses.map((_, label) => found.get(label)!);
}

/**
 * What a configuration without a sampler means: m items a class, m the middle class size but at least 2 and at most 4
 * (Musgrave et al. 2020 take 4), then raised until there are enough classes to fill a batch.
 */
function usualSampler(labels: Int32Array, batchSize: number): Choice {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const middle = [...sizes.values()].sort((a, b) => a - b)[Math.floor(sizes.size / 2)] ?? 2;
  const wanted = Math.min(4, Math.max(2, middle));
  const divisors = Array.from({ length: batchSize }, (_, i) => i + 1).filter((m) => batchSize % m === 0);
  const fitting = divisors.find((m) => m >= wanted && batchSize / m <= sizes.size);
  return { name: "m-per-class", samplesPerClass: fitting ?? wanted };
}

function withoutBank(sampler: Sampler): Sampling {
  return { sampler, bank: undefined, parameters: {}, save: () => {}, restore: () => {} };
}

/** Makes the sampler that a configuration names, and what it needs beside the labels. */
export function createSampling(config: TrainConfig, data: PreparedData, dimension: number, random: Random): Sampling {
  if (data.pairs) return withoutBank(pairSampler(data.pairs.train.same, config.batchSize, random));
  const count = data.parts.train.length;
  const choice = config.sampler ?? usualSampler(data.trainLabels, config.batchSize);
  const bank = samplers.entry(choice.name).needs.includes("bank") ? new EmbeddingBank(count, dimension) : undefined;
  const sources = { ...groupsOf(data), ...(bank && { bank }) };
  const sampler = create(samplers, choice).create(data.trainLabels, config.batchSize, random, sources);
  if (bank === undefined) return withoutBank(sampler);
  const vectors = new Parameter([count, dimension], { initializer: zeros, trainable: false });
  const known = new Parameter([count], { initializer: zeros, dtype: "uint8", trainable: false });
  return {
    sampler,
    bank,
    parameters: { vectors, known },
    save(variables) {
      variables.assign(vectors, bank.data);
      variables.assign(known, bank.known);
    },
    restore: (variables) =>
      bank.restore(variables.value(vectors) as Float32Array, variables.value(known) as Uint8Array),
  };
}
