import { tripletSlots } from "../../src/relations/index.js";
import {
  asList,
  asNumbers,
  asString,
  asTensor,
  type GoldenCase,
  type GoldenFile,
  type GoldenRecord,
} from "./format.js";
import { type Computed, GraphCase, runTogether } from "./graph-case.js";
import { peerMiners } from "./peer-miners.js";
import { MissingPart } from "./peer-parts.js";
import { peerRelation } from "./peer-relations.js";
import { type CaseOutcome, failure } from "./run-losses.js";
import { compareSets, type PartResult, verdictOf } from "./tolerance.js";

/** Runs every case of a file of miners and compares the pairs or triplets. */
export async function checkMiners(file: GoldenFile): Promise<CaseOutcome[]> {
  const outcomes = new Map<string, CaseOutcome>();
  const traced: { golden: GoldenCase; graph: GraphCase }[] = [];
  for (const [i, golden] of file.cases.entries()) {
    try {
      const graph = new GraphCase(`case${i}`);
      traceMiner(graph, golden);
      traced.push({ golden, graph });
    } catch (error) {
      outcomes.set(golden.case, failure(golden.case, error));
    }
  }
  const computed = await runTogether(traced.map((one) => one.graph));
  for (const { golden, graph } of traced) {
    outcomes.set(golden.case, verdictOf(golden.case, compareMined(golden, computed.get(graph)!)));
  }
  return file.cases.map((golden) => outcomes.get(golden.case)!);
}

function traceMiner(graph: GraphCase, { config, inputs, expected, case: where }: GoldenCase): void {
  const name = asString(config.miner, where);
  const builder = peerMiners[name];
  if (builder === undefined) throw new MissingPart(`miner ${name}`);
  const query = graph.tensor("embeddings", asTensor(inputs.embeddings, where));
  const references = inputs.refEmbeddings
    ? graph.tensor("references", asTensor(inputs.refEmbeddings, where))
    : undefined;
  const key = references ?? query;
  const sizes = { queries: query.shape[0] as number, keys: references?.shape[0] as number | undefined };
  const relation = peerRelation(graph, inputs, sizes, { bounded: true });
  const mined = builder(config, where, graph).mine({ ...relation, query, key });
  if (expected.triplets) Object.assign(graph.outputs, tripletOutputs({ ...mined, query, key }));
  else Object.assign(graph.outputs, { positive: mined.positive, negative: mined.negative });
}

/** The triplets of a relation as positives by slot and weights [B, m, R], or as a list. */
export function tripletOutputs(input: Parameters<typeof tripletSlots>[0]): GraphCase["outputs"] {
  const { triplets } = input;
  if (triplets?.kind === "list") {
    const { query, positive, negative, weight } = triplets;
    return { query, listedPositive: positive, listedNegative: negative, weight };
  }
  const { positive, weight } = triplets?.kind === "slots" ? triplets : tripletSlots(input, triplets);
  return { slots: positive, weight };
}

function compareMined({ expected, case: where }: GoldenCase, computed: Computed): PartResult[] {
  const rows = (name: string) => tupleRows(expected, name, where);
  if (expected.triplets) return [compareSets("triplets", readTriplets(computed), rows("triplets"))];
  return [
    compareSets("positive pairs", readPairs(computed.positive!), rows("posPairs")),
    compareSets("negative pairs", readPairs(computed.negative!), rows("negPairs")),
  ];
}

/** Rows of indices in the file. */
export function tupleRows(record: GoldenRecord, name: string, where: string): number[][] {
  return asList(record[name], where).map((row) => asNumbers(row, where));
}

/** [query, key] of each entry of a matrix above 0, as often as it counts when it `repeats`. */
export function readPairs({ data, shape }: Computed[string], repeats = false): number[][] {
  const columns = shape[1]!;
  return [...data].flatMap((weight, i) => {
    const pair = [Math.floor(i / columns), i % columns];
    return weight > 0 ? Array.from({ length: repeats ? Math.round(weight) : 1 }, () => pair) : [];
  });
}

/** [query, positive, negative] of each triplet that counts. */
export function readTriplets({ query, listedPositive, listedNegative, slots, weight }: Computed): number[][] {
  const { data, shape } = weight!;
  const used = [...data].flatMap((value, i) => (value > 0 ? [i] : []));
  if (query) return used.map((i) => [query.data[i]!, listedPositive!.data[i]!, listedNegative!.data[i]!]);
  const [, count, keys] = shape as [number, number, number];
  return used.map((i) => {
    const slot = Math.floor(i / keys);
    return [Math.floor(slot / count), slots!.data[slot]!, i % keys];
  });
}
