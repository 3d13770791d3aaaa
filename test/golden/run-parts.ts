import { dot, lp, snr } from "../../src/distances/index.js";
import { grad } from "../../src/grad/index.js";
import type { Tensor } from "../../src/graph/index.js";
import { reduceTerms } from "../../src/losses/index.js";
import { type Term, type TermKind, term } from "../../src/reducers/index.js";
import { regularizerValue } from "../../src/regularizers/index.js";
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
} from "./format.js";
import { type Computed, GraphCase, runTogether } from "./graph-case.js";
import { peerDistance, peerReducer, peerReducers, peerRegularizer } from "./peer-parts.js";
import { type CaseOutcome, failure } from "./run-losses.js";
import { compareNumber, compareTensor, type PartResult, verdictOf } from "./tolerance.js";

interface Check {
  trace(graph: GraphCase, golden: GoldenCase): void;
  compare(golden: GoldenCase, computed: Computed): PartResult[];
}

const kinds: Readonly<Record<string, TermKind>> = {
  element: "query",
  pos_pair: "positive",
  neg_pair: "negative",
  triplet: "triplet",
  already_reduced: "scalar",
};

function tolerance({ tolerance, case: where }: GoldenCase, name: string): number {
  return asNumber(tolerance[name] ?? 1e-5, where);
}

const distances: Check = {
  trace: (graph, { config, inputs, case: where }) => {
    const distance = peerDistance(config, where);
    if (distance.inverted !== config.is_inverted) throw new Error("one is a similarity, the other a distance");
    const query = graph.tensor("query", asTensor(inputs.query, where));
    const reference = inputs.reference ? graph.tensor("reference", asTensor(inputs.reference, where)) : undefined;
    const matrix = distance.matrix(query, reference ?? query);
    const sources = reference ? [query, reference] : [query];
    const gradients = grad(matrix, sources, graph.tensor("cotangent", asTensor(inputs.cotangent, where)));
    Object.assign(graph.outputs, { matrix, gradQuery: gradients[0] });
    if (reference) graph.outputs.gradReference = gradients[1]!;
    const rows = Math.min(query.shape[0] as number, (reference ?? query).shape[0] as number);
    const first = (x: Tensor) => x.slice({ axis: 0, end: rows });
    graph.outputs.pairwise = rawDistance(config, where).paired(first(query), first(reference ?? query.flip(0)));
  },
  compare: (golden, computed) => {
    const { expected, case: where } = golden;
    const part = (name: string, kind: string) =>
      compareTensor(name, computed[name]!.data, asTensor(expected[name], where).data, tolerance(golden, kind));
    const pairwise = asNumbers(asRecord(expected.pairwise, where).values, where);
    return [
      part("matrix", "matrix"),
      part("gradQuery", "grad"),
      ...(expected.gradReference ? [part("gradReference", "grad")] : []),
      // The peer adds 1e-6 to each coordinate of a difference.
      compareTensor("pairwise", computed.pairwise!.data, pairwise, tolerance(golden, "matrix"), 1e-5),
    ];
  },
};

/** The same kind of distance without normalisation and power, as the file's row-by-row values have it. */
function rawDistance(config: GoldenRecord, where: string) {
  if (config.type === "LpDistance") return lp({ p: asNumber(config.p, where), normalize: false });
  return config.type === "SNRDistance" ? snr() : dot();
}

const reducers: Check = {
  trace: (graph, { config, inputs, case: where }) => {
    const values: Record<string, Tensor> = {};
    const terms: Record<string, Term> = {};
    const reducer = peerReducers(config, where);
    for (const [name, value] of Object.entries(asRecord(inputs.subLosses, where))) {
      const { losses, indices, reductionType, divisor } = asRecord(value, where);
      const kind = kinds[asString(reductionType, where)]!;
      const numbers = typeof losses === "number" ? [losses] : asNumbers(losses, where);
      const given = graph.tensor(name, { shape: [numbers.length], data: Float64Array.from(numbers) });
      const divided = divisor === undefined ? undefined : graph.tensor(`${name}.divisor`, scalar(divisor, where));
      const column = kind === "query" || kind === "scalar" ? indices : asList(indices, where)[0];
      const query = column ? graph.integers(`${name}.query`, asNumbers(column, where)) : undefined;
      values[name] = given;
      terms[name] = term(kind, kind === "scalar" ? given.sum() : given, { query, divisor: divided });
    }
    const context = {
      labels: graph.integers("labels", asNumbers(inputs.labels, where)),
      queries: asNumber(inputs.batchSize, where),
    };
    const named = Object.fromEntries(Object.keys(terms).map((name) => [name, reducer(name)]));
    const loss = Object.values(reduceTerms(terms, named, context)).reduce((a, b) => a.add(b));
    graph.outputs.loss = loss;
    grad(loss, Object.values(values)).forEach((gradient, i) => {
      graph.outputs[`gradient of ${Object.keys(values)[i]}`] = gradient;
    });
  },
  compare: (golden, computed) => {
    const { expected, case: where } = golden;
    const value = computed.loss!.data[0]!;
    if (expected.error) return [compareNumber("finite", Number(Number.isFinite(value)), 1, 0)];
    return [
      compareNumber("loss", value, asNumber(expected.loss, where), tolerance(golden, "loss")),
      ...Object.entries(asRecord(expected.gradLosses, where)).map(([name, wanted]) =>
        compareTensor(name, computed[`gradient of ${name}`]!.data, asNumbers(wanted, where), tolerance(golden, "grad")),
      ),
    ];
  },
};

function scalar(value: GoldenRecord[string], where: string) {
  return { shape: [], data: Float64Array.of(asNumber(value, where)) };
}

const regularizers: Check = {
  trace: (graph, { config, inputs, case: where }) => {
    const x = graph.tensor("x", asTensor(inputs.x, where));
    const loss = regularizerValue(peerRegularizer(config, {}, where), x, peerReducer(config.reducer, where));
    Object.assign(graph.outputs, { loss, grad: grad(loss, [x])[0] });
  },
  compare: (golden, computed) => [
    compareNumber(
      "loss",
      computed.loss!.data[0]!,
      asNumber(golden.expected.loss, golden.case),
      tolerance(golden, "loss"),
    ),
    compareTensor(
      "grad",
      computed.grad!.data,
      asTensor(golden.expected.grad, golden.case).data,
      tolerance(golden, "grad"),
    ),
  ],
};

/** Checks by area of the files. */
export const partChecks: Readonly<Record<string, Check>> = { distances, reducers, regularizers };

/** Runs every case of a file together. */
export async function checkParts(file: GoldenFile, { trace, compare }: Check): Promise<CaseOutcome[]> {
  const outcomes = new Map<string, CaseOutcome>();
  const traced: { golden: GoldenCase; graph: GraphCase }[] = [];
  for (const [i, golden] of file.cases.entries()) {
    try {
      const graph = new GraphCase(`case${i}`);
      trace(graph, golden);
      traced.push({ golden, graph });
    } catch (error) {
      outcomes.set(golden.case, failure(golden.case, error));
    }
  }
  const computed = await runTogether(traced.map((one) => one.graph));
  for (const { golden, graph } of traced)
    outcomes.set(golden.case, verdictOf(golden.case, compare(golden, computed.get(graph)!)));
  return file.cases.map((golden) => outcomes.get(golden.case)!);
}
