import {
  batchHard,
  defineMiner,
  type Miner,
  multiSimilarityMiner,
  pairMargin,
  tripletMargin,
} from "../../src/miners/index.js";
import { packagedTriplets } from "../../src/relations/index.js";
import { asNumber, asRecord, type GoldenRecord } from "./format.js";
import type { GraphCase } from "./graph-case.js";
import { peerDistance } from "./peer-parts.js";

/** Our miner for a configuration of the file. */
export type PeerMinerBuilder = (config: GoldenRecord, where: string, graph: GraphCase) => Miner;

/** Parameters of a miner; those the file leaves out have the peer's default. */
export function minerNumber(config: GoldenRecord, name: string, preset: number, where: string): number {
  return asNumber(asRecord(config.params ?? {}, where)[name] ?? preset, `${where} ${name}`);
}

const kinds = { all: "all", hard: "hard", semihard: "semi-hard", easy: "easy" } as const;

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
  EmbeddingsAlreadyPackagedAsTriplets: () =>
    defineMiner("packaged", ({ query }) => packagedTriplets(query.shape[0] as number, { dtype: "float64" })),
};
