import { occurrenceWeights, onePairPerClass, type Relation } from "../../src/relations/index.js";
import { asNumbers, type GoldenCase, type GoldenRecord } from "./format.js";
import type { Computed, GraphCase } from "./graph-case.js";
import { MissingPart } from "./peer-parts.js";
import { mostPositives, peerRelation } from "./peer-relations.js";
import { readPairs, readTriplets, tripletOutputs, tupleRows } from "./run-miners.js";
import { compareSets, compareTensor, type PartResult } from "./tolerance.js";

/** Pairs and triplets from labels, and conversions between them. */
export const tuples = {
  trace: (graph: GraphCase, { config, inputs, expected, case: where }: GoldenCase): void => {
    const queries = asNumbers(inputs.labels, where).length;
    const keys = inputs.refLabels ? asNumbers(inputs.refLabels, where).length : undefined;
    if (config.to !== undefined) {
      traceConversion(graph, String(config.to), inputs, queries);
      return;
    }
    const relation = peerRelation(graph, inputs, { queries, keys }, { bounded: true });
    const { positive, negative, labels } = relation;
    Object.assign(graph.outputs, { positive, negative, ...listed(relation) });
    if (expected.posPairsUniqueLabels) graph.outputs.unique = onePairPerClass(relation, labels!);
    if (expected.weightsFromAllPairs) graph.outputs.weights = occurrenceWeights(relation);
    if (expected.weightsFromNone) {
      graph.outputs.noWeights = occurrenceWeights({
        ...relation,
        positive: positive.mul(0),
        negative: negative.mul(0),
      });
    }
  },
  compare: ({ config, expected, case: where }: GoldenCase, computed: Computed): PartResult[] => {
    if (config.to !== undefined) return compareConversion(String(config.to), expected, computed, where);
    const rows = (name: string) => tupleRows(expected, name, where);
    return [
      compareSets("positive pairs", readPairs(computed.positive!), rows("posPairs")),
      compareSets("negative pairs", readPairs(computed.negative!), rows("negPairs")),
      compareSets("triplets", readTriplets(computed), rows("triplets")),
      ...(computed.unique
        ? [compareSets("one pair a class", readPairs(computed.unique), rows("posPairsUniqueLabels"))]
        : []),
      ...weights("weights", expected.weightsFromAllPairs, computed, where),
      ...weights("noWeights", expected.weightsFromNone, computed, where),
    ];
  },
};

function weights(name: string, wanted: GoldenRecord[string] | undefined, computed: Computed, where: string) {
  return wanted ? [compareTensor(name, computed[name]!.data, asNumbers(wanted, where), 1e-12)] : [];
}

/** Triplets need embeddings only where distances choose them. */
function listed(relation: Relation) {
  return tripletOutputs({ ...relation, query: relation.positive, key: relation.positive });
}

function traceConversion(graph: GraphCase, to: string, inputs: GoldenRecord, queries: number): void {
  const columns = tupleRows(inputs, "indicesTuple", graph.prefix);
  const kind = columns.length === 3 ? "triplets" : "pairs";
  const positivesPerQuery = mostPositives(columns[0]!);
  const given = { ...inputs, indicesTuple: { kind, indices: columns } };
  const relation = { ...peerRelation(graph, given, { queries }), positivesPerQuery };
  if (to === "triplets") Object.assign(graph.outputs, listed(relation));
  else if (to === "pairs") Object.assign(graph.outputs, { positive: relation.positive, negative: relation.negative });
  else if (to === "weights") graph.outputs.weights = occurrenceWeights(relation);
  else if (to === "weights-using-ref")
    graph.outputs.weights = occurrenceWeights({ ...relation, keysAreQueries: false });
  else throw new MissingPart(`conversion to ${to}`);
}

function compareConversion(to: string, expected: GoldenRecord, computed: Computed, where: string): PartResult[] {
  if (to.startsWith("weights")) return weights("weights", expected[to], computed, where);
  const columns = tupleRows(expected, to, where);
  const rows = (first: number, ...rest: number[]) =>
    columns[first]!.map((index, i) => [index, ...rest.map((column) => columns[column]![i]!)]);
  if (to === "triplets") return [compareSets("triplets", readTriplets(computed), rows(0, 1, 2))];
  return [
    compareSets("positive pairs", readPairs(computed.positive!, true), rows(0, 1)),
    compareSets("negative pairs", readPairs(computed.negative!, true), rows(2, 3)),
  ];
}
