import {
  angularMiner,
  batchEasyHard,
  batchHard,
  defineMiner,
  distanceWeighted,
  hardAwareCascade,
  type Miner,
  multiSimilarityMiner,
  pairMargin,
  tripletMargin,
  uniformHistogram,
} from "../../src/miners/index.js";
import { packagedTriplets } from "../../src/relations/index.js";
import { asNumber, asNumbers, asRecord, type GoldenRecord } from "./format.js";
import type { GraphCase } from "./graph-case.js";
import { radians } from "./peer-losses/classes.js";
import { peerDistance } from "./peer-parts.js";

/** Our miner for a configuration of the file. */
export type PeerMinerBuilder = (config: GoldenRecord, where: string, graph: GraphCase) => Miner;

/** Parameters of a miner; those the file leaves out have the peer's default. */
export function minerNumber(config: GoldenRecord, name: string, preset: number, where: string): number {
  return asNumber(asRecord(config.params ?? {}, where)[name] ?? preset, `${where} ${name}`);
}

/** The options of batch-easy-hard by the names of the peer's. */
function easyHardOptions(params: GoldenRecord, where: string) {
  const choice = (name: string) => {
    const value = params[name];
    return value === undefined ? undefined : ruleNames[value as keyof typeof ruleNames];
  };
  const range = (name: string): [number, number] | undefined => {
    if (!params[name]) return undefined;
    const [low, high] = asNumbers(params[name], where);
    return [low!, high!];
  };
  return {
    positive: choice("pos_strategy"),
    negative: choice("neg_strategy"),
    positiveRange: range("allowed_pos_range"),
    negativeRange: range("allowed_neg_range"),
  };
}

const ruleNames = { hard: "hard", semihard: "semi-hard", easy: "easy", all: "all" } as const;
const kinds = { all: "all", hard: "hard", semihard: "semi-hard", easy: "easy" } as const;

/** The options of distance-weighted sampling for the peer's, which drops what it cannot draw. */
export function distanceWeightedOptions(config: GoldenRecord, where: string) {
  return {
    nearest: minerNumber(config, "cutoff", 0.5, where),
    farthest: minerNumber(config, "nonzero_loss_cutoff", 1.4, where),
    fallback: "none",
  } as const;
}

/** Every miner of the peers that we have, by the peer's class name (`config.miner`). */
export const peerMiners: Readonly<Record<string, PeerMinerBuilder>> = {
  BatchHardMiner: (config, where) => batchHard({ distance: peerDistance(config.distance, where) }),
  MultiSimilarityMiner: (config, where) =>
    multiSimilarityMiner({
      epsilon: minerNumber(config, "epsilon", 0.1, where),
      distance: peerDistance(config.distance, where),
    }),
  PairMarginMiner: (config, where) =>
    pairMargin({
      positiveMargin: minerNumber(config, "pos_margin", 0.2, where),
      negativeMargin: minerNumber(config, "neg_margin", 0.8, where),
      distance: peerDistance(config.distance, where),
    }),
  TripletMarginMiner: (config, where) =>
    tripletMargin({
      margin: minerNumber(config, "margin", 0.2, where),
      triplets: kinds[(asRecord(config.params ?? {}, where).type_of_triplets ?? "all") as keyof typeof kinds],
      distance: peerDistance(config.distance, where),
    }),
  BatchEasyHardMiner: (config, where) =>
    batchEasyHard({
      ...easyHardOptions(asRecord(config.params ?? {}, where), where),
      distance: peerDistance(config.distance, where),
    }),
  HDCMiner: (config, where) =>
    hardAwareCascade({
      fraction: minerNumber(config, "filter_percentage", 0.5, where),
      distance: peerDistance(config.distance, where),
    }),
  // The peer's distance is left aside: its angles are those of the raw embeddings.
  AngularMiner: (config, where) => angularMiner({ angleRadians: radians(minerNumber(config, "angle", 20, where)) }),
  DistanceWeightedMiner: (config, where) => distanceWeighted(distanceWeightedOptions(config, where)),
  UniformHistogramMiner: (config, where) =>
    uniformHistogram({
      bins: minerNumber(config, "num_bins", 100, where),
      positivesPerBin: minerNumber(config, "pos_per_bin", 10, where),
      negativesPerBin: minerNumber(config, "neg_per_bin", 10, where),
      distance: peerDistance(config.distance, where),
    }),
  EmbeddingsAlreadyPackagedAsTriplets: () =>
    defineMiner("packaged", ({ query }) => packagedTriplets(query.shape[0] as number, { dtype: "float64" })),
};
