import { distanceBins, negativeProbabilities } from "../../src/miners/index.js";
import { tripletSlots } from "../../src/relations/index.js";
import {
  asList,
  asNumber,
  asNumbers,
  asRecord,
  asString,
  asTensor,
  type GoldenCase,
  type GoldenFile,
  type GoldenRecord,
  type GoldenValue,
} from "./format.js";
import { type Computed, GraphCase, runTogether } from "./graph-case.js";
import { distanceWeightedOptions, minerNumber, peerMiners } from "./peer-miners.js";
import { MissingPart, peerDistance } from "./peer-parts.js";
import { peerRelation } from "./peer-relations.js";
import { type CaseOutcome, failure } from "./run-losses.js";
import { compareSets, compareTensor, type PartResult, verdictOf } from "./tolerance.js";

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
  const relation = peerRelation(graph, withExternalTriplets(inputs, where), sizes, { bounded: true });
  const mined = builder(config, where, graph).mine({ ...relation, query, key });
  if (expected.negativeProbabilities) {
    const options = distanceWeightedOptions(config, where);
    graph.outputs.probabilities = negativeProbabilities({ ...relation, query, key }, options);
  } else if (expected.pos && expected.neg) {
    const bins = minerNumber(config, "num_bins", 100, where);
    const values = peerDistance(config.distance, where).matrix(query, key);
    graph.outputs.pos = distanceBins(values, relation.positive, bins);
    graph.outputs.neg = distanceBins(values, relation.negative, bins);
  } else if (expected.triplets) Object.assign(graph.outputs, tripletOutputs({ ...mined, query, key }));
  else Object.assign(graph.outputs, { positive: mined.positive, negative: mined.negative });
}

/** Triplets that a miner is given to choose from, as the tuple of the case. */
function withExternalTriplets(inputs: GoldenRecord, where: string): GoldenRecord {
  if (!inputs.externalTriplets) return inputs;
  const rows = tupleRows(inputs, "externalTriplets", where);
  return { ...inputs, indicesTuple: { kind: "triplets", indices: [0, 1, 2].map((i) => rows.map((row) => row[i]!)) } };
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

function compareMined(golden: GoldenCase, computed: Computed): PartResult[] {
  const { expected, tolerance, case: where } = golden;
  const rows = (name: string) => tupleRows(expected, name, where);
  if (computed.probabilities) {
    // Queries that the peer drops have a row of NaN there, and of zeros here.
    const wanted = asTensor(expected.negativeProbabilities, where).data.map((x) => (Number.isNaN(x) ? 0 : x));
    const r = asNumber(tolerance.probabilities ?? 1e-5, where);
    return [compareTensor("probabilities", computed.probabilities.data, wanted, r)];
  }
  if (computed.pos) return ["pos", "neg"].map((name) => compareBins(name, expected[name], computed[name]!, where));
  if (expected.triplets) return [compareSets("triplets", readTriplets(computed), rows("triplets"))];
  return [
    compareSets("positive pairs", readPairs(computed.positive!), rows("posPairs")),
    compareSets("negative pairs", readPairs(computed.negative!), rows("negPairs")),
  ];
}

/** [bin, query, key] of each candidate. */
function compareBins(name: string, value: GoldenValue | undefined, { data, shape }: Computed[string], where: string) {
  const { edges, candidates } = asRecord(value, where);
  const unused = asNumbers(edges, where).length - 1;
  const found = [...data].flatMap((bin, i) => (bin < unused ? [[bin, Math.floor(i / shape[1]!), i % shape[1]!]] : []));
  const wanted = asList(candidates, where).flatMap((entry) => {
    const record = asRecord(entry, where);
    return tupleRows(record, "pairs", where).map((pair) => [asNumber(record.bin, where), ...pair]);
  });
  return compareSets(`bins of ${name}`, found, wanted);
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
