import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { constant, type DType, Parameter, type Tensor } from "../graph/index.js";
import { behindMap, createMiner, minerChoice } from "../miners/index.js";
import { arange, equal, gather, less, where } from "../ops/index.js";
import { classRelation, type Relation, withoutPairs } from "../relations/index.js";
import { classOptions } from "./classes.js";
import { scalarTerm } from "./combinators.js";
import { type Loss, type LossEntry, type LossInput, lossValue } from "./loss.js";
import { createLoss, lossChoice } from "./nested.js";

const options = z.strictObject({
  loss: lossChoice
    .default("contrastive")
    .describe("loss of pairs or triplets, by name or with options; default contrastive"),
  miner: minerChoice.optional().describe("chooses among the pairs of batch and memory"),
  size: z.number().int().positive().default(8192).describe("embeddings that the memory holds"),
  dimension: classOptions.dimension,
  dtype: classOptions.dtype,
  weight: z.number().min(0).default(1).describe("factor on the loss of batch and memory"),
  includeBatch: z.boolean().default(true).describe("add the loss within the batch, as published"),
  warmUpSteps: z
    .number()
    .int()
    .min(0)
    .default(1000)
    .describe("steps before the memory starts to fill, while embeddings still change fast"),
  positivesPerQuery: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("most positives of a query in the memory, for losses that list triplets"),
});

/** Options of {@link crossBatchMemory}. */
export type CrossBatchMemoryOptions = z.input<typeof options>;

/**
 * Cross-batch memory (Wang et al., CVPR 2020): a queue of the embeddings of the last batches, without gradient, as further
 * keys of any loss of pairs or triplets.
 *
 *   L(batch, batch) + weight * L(batch, memory)
 *
 * query [B, D], class labels -> terms `batch` and `memory`, each the inner loss reduced by its own reducer. The batch is
 * put into the memory first (B at most `size`, the oldest go); the copy of a query itself is neither positive nor
 * negative. Keys that are not the queries are what is put in, and nothing of it counts as a copy. The memory holds
 * `size` x (D + 1) numbers, kept with the parameters; a step takes B x size. pytorch-metric-learning has the second part
 * only and no warm-up: `includeBatch: false, warmUpSteps: 0`.
 */
export function crossBatchMemory(settings: CrossBatchMemoryOptions): Loss {
  const {
    loss: choice,
    miner,
    weight,
    includeBatch,
    warmUpSteps,
    positivesPerQuery,
    ...shape
  } = options.parse(settings);
  const known = { dimension: shape.dimension, dtype: shape.dtype };
  const loss = createLoss(choice, known);
  const chooser = miner === undefined ? undefined : behindMap(createMiner(miner, known), loss.learned);
  const queue = new Queue(shape);
  return {
    name: `cross-batch-memory ${loss.name}`,
    parameters: {
      ...loss.parameters,
      ...(chooser && { miner: chooser.parameters }),
      memory: queue.parameters,
    },
    learned: loss.learned,
    classVectors: loss.classVectors,
    reducer: loss.reducer,
    terms: (input) => {
      const stored = queue.put(input, warmUpSteps);
      const related = { ...memoryInput(input, stored), positivesPerQuery };
      const chosen = chooser ? { ...related, ...chooser.mine(related) } : related;
      const memory = lossValue(loss, chosen);
      const batch = includeBatch ? lossValue(loss, input) : undefined;
      return {
        terms: {
          ...(batch && { batch: scalarTerm(batch.value) }),
          memory: scalarTerm(memory.value.mul(weight)),
        },
        updates: new Map([...(batch?.updates ?? []), ...(memory.updates ?? []), ...stored.updates]),
      };
    },
  };
}

/** The memory after a batch has been put in. */
interface Stored {
  /** [M, D] */
  readonly embeddings: Tensor;
  /** int64 [M] */
  readonly labels: Tensor;
  /** bool [M]: whether there is something. */
  readonly used: Tensor;
  /** int64 [B]: where the rows of the batch are. */
  readonly places: Tensor;
  readonly updates: ReadonlyMap<Parameter, Tensor>;
}

/** The last embeddings with their labels, in a ring. */
class Queue {
  readonly parameters: {
    readonly embeddings: Parameter;
    readonly labels: Parameter;
    /** Where the next embedding goes. */
    readonly next: Parameter;
    readonly count: Parameter;
    readonly steps: Parameter;
  };

  constructor(readonly shape: { readonly size: number; readonly dimension: number; readonly dtype: DType }) {
    const state = (dims: readonly number[], dtype: DType) =>
      new Parameter(dims, {
        initializer: (sizes) => new Float64Array(sizes.reduce((a, b) => a * b, 1)),
        dtype,
        trainable: false,
      });
    this.parameters = {
      embeddings: state([shape.size, shape.dimension], shape.dtype),
      labels: state([shape.size], "int64"),
      next: state([], "int64"),
      count: state([], "int64"),
      steps: state([], "int64"),
    };
  }

  /** The keys of the input put over the oldest entries; until the warm-up is over they stay unused. */
  put(input: LossInput, warmUpSteps: number): Stored {
    const { embeddings, labels, next, count, steps } = this.parameters;
    const rows = checkedRows(input, this.shape.size);
    const size = constant(this.shape.size, { dtype: "int64" });
    const ahead = arange(rows.embeddings.shape[0]!).add(next);
    const places = where(ahead.less(size), ahead, ahead.sub(size));
    // Only sums can be scattered: what is there is taken away first, which leaves exactly 0.
    const replace = (old: Tensor, by: Tensor) =>
      old.scatterRows(places, gather(old, places).neg()).scatterRows(places, by);
    const awake = steps.greaterEqual(warmUpSteps);
    const batch = arange(rows.embeddings.shape[0]!).mul(0).add(1).sum();
    const after = next.add(batch);
    const filled = where(awake, count.add(batch).minimum(size), 0);
    const stored = {
      embeddings: replace(embeddings, rows.embeddings.stopGradient()),
      labels: replace(labels, rows.labels),
    };
    const updates = new Map<Parameter, Tensor>([
      [embeddings, stored.embeddings],
      [labels, stored.labels],
      [next, where(awake, where(after.less(size), after, after.sub(size)), 0)],
      [count, filled],
      [steps, steps.add(1)],
    ]);
    return { ...stored, used: less(arange(this.shape.size), filled), places, updates };
  }
}

function checkedRows({ key, keyLabels }: LossInput, size: number): { embeddings: Tensor; labels: Tensor } {
  const problem = (expected: string, received: string, remedy: string) =>
    new SimileError({ code: "memory-input", where: "cross-batch-memory", expected, received, remedy });
  if (keyLabels?.dtype !== "int64" || keyLabels.rank !== 1) {
    const received = keyLabels === undefined ? "a relation without labels" : `labels ${keyLabels}`;
    throw problem("one class label for each row", received, "use a relation made from class labels");
  }
  const [rows] = key.shape;
  if (typeof rows === "number" && rows > size) {
    throw problem(`a batch of at most ${size} rows`, `${rows} rows`, "make the memory larger, or the batch smaller");
  }
  return { embeddings: key, labels: keyLabels };
}

/** The queries against the memory. */
function memoryInput({ query, labels, keysAreQueries }: LossInput, stored: Stored): LossInput {
  const dtype = query.dtype === "float64" ? "float64" : "float32";
  const all: Relation = classRelation(labels as Tensor, { keyLabels: stored.labels, dtype });
  const used = stored.used.cast(dtype);
  const related = { ...all, positive: all.positive.mul(used), negative: all.negative.mul(used) };
  const copies = equal(stored.places.unsqueeze(1), arange(stored.labels.shape[0]!));
  const others = keysAreQueries ? withoutPairs(related, copies) : related;
  return { ...others, query, key: stored.embeddings };
}

export const crossBatchMemoryEntry: LossEntry<typeof options> = {
  name: "cross-batch-memory",
  summary: "a queue of the embeddings of the last batches as further keys of any loss of pairs or triplets",
  paper: "Wang et al., Cross-Batch Memory for Embedding Learning, CVPR 2020",
  options,
  wraps: true,
  accepts: ["classes"],
  create: crossBatchMemory,
};
