import type { Tensor } from "../../../src/graph/index.js";
import { crossBatchMemory, type LossInput } from "../../../src/losses/index.js";
import { defineMiner, type Miner, type MinerInput } from "../../../src/miners/index.js";
import { gather } from "../../../src/ops/index.js";
import { classRelation, occurrenceWeights, type Relation } from "../../../src/relations/index.js";
import { asList, asNumber, asNumbers, asRecord, type GoldenRecord } from "../format.js";
import type { GraphCase } from "../graph-case.js";
import { NotReproducible } from "../peer-parts.js";
import { eachOnce, tupleRelation } from "../peer-relations.js";
import { buildLoss } from "../run-losses.js";
import type { PeerLoss, PeerLossBuilder } from "./peer.js";
import { peerMiner } from "./wrappers.js";

/** Samples that go into the memory only are its keys; the loss is that of the others. */
function maskedInput(graph: GraphCase, inputs: GoldenRecord, embeddings: Tensor): LossInput {
  const labels = asNumbers(inputs.labels, graph.prefix);
  const mask = asList(inputs.enqueueMask, graph.prefix).map(Boolean);
  const part = (name: string, value: boolean) => {
    const chosen = mask.flatMap((masked, i) => (masked === value ? [i] : []));
    return {
      rows: gather(embeddings, graph.integers(`${name} rows`, chosen)),
      labels: graph.integers(
        `${name} labels`,
        chosen.map((i) => labels[i]!),
      ),
    };
  };
  const [query, key] = [part("query", false), part("key", true)];
  const relation = classRelation(query.labels, { keyLabels: key.labels, dtype: "float64" });
  return { ...relation, query: query.rows, key: key.rows };
}

/** What the peer hands to the inner loss: its miner's pairs, and those of the file as pairs of batch and memory. */
function memoryMiner(own: Miner | undefined, use: PeerLoss["tuples"], given: () => Relation | undefined): Miner {
  return defineMiner("memory", (input: MinerInput) => {
    const { query: _query, key: _key, ...related } = input;
    const mined: Relation = own ? own.mine(input) : related;
    const added = given();
    const pairs: Relation =
      added === undefined
        ? mined
        : {
            ...mined,
            positive: mined.positive.add(added.positive),
            negative: mined.negative.add(added.negative),
            triplets: undefined,
          };
    if (use === "query-weights") return { queryWeight: occurrenceWeights({ ...pairs, keysAreQueries: false }) };
    return use === "once" ? eachOnce(pairs) : pairs;
  });
}

/** The peer's memory of embeddings. */
export const memoryLosses: Readonly<Record<string, PeerLossBuilder>> = {
  CrossBatchMemory: ({ config, params, inputs, where }) => {
    const described = asRecord(config.inner, where);
    if (asRecord(described.params ?? {}, where).swap === true)
      throw new NotReproducible("the peer's swap takes rows of the batch for those of the memory");
    const inner = buildLoss(described, inputs, where);
    const size = asNumber(params.memory_size, where);
    let given: Relation | undefined;
    const loss = crossBatchMemory({
      loss: inner.loss,
      miner: memoryMiner(peerMiner(config.miner, where), inner.tuples, () => given),
      size,
      dimension: asNumber(params.embedding_size, where),
      dtype: "float64",
      includeBatch: false,
      warmUpSteps: 0,
      ...(inner.bounded && { positivesPerQuery: size }),
    });
    const input: PeerLoss["input"] = (graph, step, embeddings) => {
      const queries = embeddings.shape[0] as number;
      given = step.indicesTuple ? tupleRelation(graph, step.indicesTuple, { queries, keys: size }) : undefined;
      if (step.enqueueMask) return maskedInput(graph, step, embeddings);
      const labels = graph.integers("labels", asNumbers(step.labels, where));
      const relation = classRelation(labels, { dtype: "float64" });
      // Where its tuples only weigh samples, the peer compares with the samples' own copies as well.
      const keysAreQueries = inner.tuples !== "query-weights";
      return { ...relation, keysAreQueries, query: embeddings, key: embeddings };
    };
    return { loss, input, terms: {}, ...(inner.weights && { weights: inner.weights }) };
  },
};
