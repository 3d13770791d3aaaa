import { SimileError } from "../../src/errors/index.js";
import { grad } from "../../src/grad/index.js";
import type { Tensor } from "../../src/graph/index.js";
import { type Loss, lossValue, type Reducers, regularized } from "../../src/losses/index.js";
import { Variables } from "../../src/run/index.js";
import {
  asList,
  asNumber,
  asRecord,
  asString,
  asTensor,
  type GoldenCase,
  type GoldenFile,
  type GoldenRecord,
  type GoldenResult,
  type GoldenTensor,
} from "./format.js";
import { type Computed, GraphCase, runTogether } from "./graph-case.js";
import { compareLoss } from "./loss-parts.js";
import { peerLosses } from "./peer-losses/index.js";
import { PeerConfig, type PeerLoss } from "./peer-losses/peer.js";
import { MissingPart, NotReproducible, peerReducer, peerReducers, peerRegularizer } from "./peer-parts.js";
import { moreThanOnePair, peerRelation } from "./peer-relations.js";
import { type PartResult, verdictOf } from "./tolerance.js";

/** A result, or the reason why a case could not be run. */
export type CaseOutcome =
  | GoldenResult
  | { readonly case: string; readonly missing: string }
  | { readonly case: string; readonly skipped: string };

/** Our loss for a configuration of the file, regularizers and reducers included. */
export function buildLoss(config: GoldenRecord, inputs: GoldenRecord, where: string): PeerLoss {
  const name = asString(config.loss, where);
  const builder = peerLosses[name];
  if (builder === undefined) throw new MissingPart(`loss ${name}`);
  const peer = new PeerConfig(config, inputs, where);
  const built = builder(peer);
  const loss = withRegularizers(built.loss, peer);
  return { ...built, loss: config.reducer ? { ...loss, reducer: reducersOf(built, config, where) } : loss };
}

function reducersOf({ loss, terms, columns, keepsTiny }: PeerLoss, config: GoldenRecord, where: string): Reducers {
  const of = peerReducers(config.reducer, where, { columns, keepsTiny });
  if (terms === undefined) return of("loss");
  const named = Object.entries(terms).map(([peer, ours]) => [ours, of(peer)]);
  return named.length > 0 ? Object.fromEntries(named) : loss.reducer;
}

function withRegularizers(loss: Loss, { config, params, where }: PeerConfig): Loss {
  const part = (name: string, weight: string) => {
    if (!config[name]) return undefined;
    const record = asRecord(config[name], where);
    return {
      regularizer: peerRegularizer(record, params, where),
      weight: asNumber(params[weight] ?? 1, where),
      reducer: peerReducer(record.reducer, where),
    };
  };
  const embeddings = part("embedding_regularizer", "embedding_reg_weight");
  const classVectors = part("weight_regularizer", "weight_reg_weight");
  return embeddings || classVectors ? regularized(loss, { embeddings, classVectors }) : loss;
}

/** Traces loss, gradients, logits and elements of one case or step. */
export function traceLoss(graph: GraphCase, built: PeerLoss, inputs: GoldenRecord, expected: GoldenRecord): void {
  const where = graph.prefix;
  const embeddings = graph.tensor("embeddings", asTensor(inputs.embeddings, where));
  const references = inputs.refEmbeddings
    ? graph.tensor("references", asTensor(inputs.refEmbeddings, where))
    : undefined;
  const sizes = { queries: embeddings.shape[0] as number, keys: references?.shape[0] as number | undefined };
  const given = built.input?.(graph, inputs, embeddings, references) ?? {
    query: embeddings,
    key: references ?? embeddings,
    ...peerRelation(graph, inputs, sizes, built),
  };
  const input = built.pairwise ? moreThanOnePair(given) : given;
  const { value, terms, updates } = lossValue(built.loss, input);
  const weights = Object.entries(built.weights ?? {});
  const sources: Tensor[] = [embeddings, ...(references ? [references] : []), ...weights.map(([, w]) => w.parameter)];
  const gradients = grad(value, sources);
  graph.outputs.loss = value;
  graph.outputs.gradEmbeddings = gradients.shift()!;
  if (references) graph.outputs.gradRefEmbeddings = gradients.shift()!;
  for (const [name, { transposed }] of weights) {
    const gradient = gradients.shift()!;
    graph.outputs[`gradWeights.${name}`] = transposed ? gradient.transpose() : gradient;
  }
  if (expected.logits && built.loss.logits) graph.outputs.logits = built.loss.logits(embeddings);
  for (const name of Object.keys(expected.elements ? asRecord(expected.elements, where) : {})) {
    const part = terms[built.terms?.[name] ?? (built.terms ? name : Object.keys(terms)[0]!)];
    if (part === undefined || part.kind === "scalar") continue;
    const { sum } = part.elements();
    graph.outputs[`elements.${name}`] = sum;
  }
  if (updates) graph.updates = updates;
}

function assignWeights(graph: GraphCase, { loss, weights = {} }: PeerLoss, inputs: GoldenRecord): void {
  Object.assign(graph.parameters, { loss: loss.parameters });
  if (!inputs.weights) return;
  for (const [name, value] of Object.entries(asRecord(inputs.weights, graph.prefix))) {
    const weight = weights[name];
    if (weight === undefined) throw new MissingPart(`weight ${name}`);
    const golden = asTensor(value, graph.prefix);
    graph.values.set(weight.parameter, weight.transposed ? transposedData(golden) : golden.data);
  }
}

function transposedData({ shape, data }: GoldenTensor): Float64Array {
  const [rows, columns] = shape as [number, number];
  return Float64Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** Runs every case of a file of losses; those without state together. */
export async function checkLosses(file: GoldenFile): Promise<CaseOutcome[]> {
  const outcomes = new Map<string, CaseOutcome>();
  const traced: { golden: GoldenCase; graph: GraphCase; built: PeerLoss }[] = [];
  for (const [i, golden] of file.cases.entries()) {
    try {
      if (golden.inputs.steps) {
        outcomes.set(golden.case, await checkSteps(golden));
        continue;
      }
      const graph = new GraphCase(`case${i}`);
      const built = buildLoss(golden.config, golden.inputs, golden.case);
      assignWeights(graph, built, golden.inputs);
      traceLoss(graph, built, golden.inputs, golden.expected);
      traced.push({ golden, graph, built });
    } catch (error) {
      outcomes.set(golden.case, bothRefuse(golden, error) ?? failure(golden.case, error));
    }
  }
  const computed = await runTogether(traced.map((one) => one.graph)).catch(() => undefined);
  for (const { golden, graph } of traced) outcomes.set(golden.case, await outcomeOf(golden, graph, computed));
  return file.cases.map((golden) => outcomes.get(golden.case)!);
}

/** A case compared; where running all together failed, it is run alone to find which one is to blame. */
async function outcomeOf(
  golden: GoldenCase,
  graph: GraphCase,
  computed?: Map<GraphCase, Computed>,
): Promise<CaseOutcome> {
  try {
    const results = computed ?? (await runTogether([graph]));
    return verdictOf(golden.case, compareLoss(golden, golden.expected, results.get(graph)!));
  } catch (error) {
    return bothRefuse(golden, error) ?? failure(golden.case, error);
  }
}

/** Consecutive calls on one loss with state. */
async function checkSteps(golden: GoldenCase): Promise<GoldenResult> {
  const steps = asList(golden.inputs.steps, golden.case).map((step) => asRecord(step, golden.case));
  const expected = asList(golden.expected.steps, golden.case).map((step) => asRecord(step, golden.case));
  const built = buildLoss(golden.config, steps[0]!, golden.case);
  const variables = new Variables();
  const parts: PartResult[] = [];
  for (const [i, inputs] of steps.entries()) {
    const graph = new GraphCase("step");
    if (i === 0) assignWeights(graph, built, golden.inputs);
    traceLoss(graph, built, inputs, expected[i]!);
    const computed: Computed = (await runTogether([graph], variables)).get(graph)!;
    parts.push(...compareLoss(golden, expected[i]!, computed, `step ${i + 1} `));
  }
  return verdictOf(golden.case, parts);
}

/** Where the peer throws, an error that says what is wrong is as good as a value. */
function bothRefuse(golden: GoldenCase, error: unknown): GoldenResult | undefined {
  if (!golden.expected.error || !(error instanceof SimileError)) return undefined;
  return { case: golden.case, passed: true, error: 0, message: error.message };
}

/** What an error while building a case means: a part we lack, or a defect. */
export function failure(name: string, error: unknown): CaseOutcome {
  if (error instanceof MissingPart) return { case: name, missing: error.message };
  if (error instanceof NotReproducible) return { case: name, skipped: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { case: name, passed: false, error: Number.NaN, message };
}
