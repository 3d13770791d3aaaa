import { input, type Parameter, type ParameterTree, type Tensor } from "../../src/graph/index.js";
import { losses, lossValue } from "../../src/losses/index.js";
import { miners } from "../../src/miners/index.js";
import { context, dense, l2Normalize } from "../../src/nn/index.js";
import { adam } from "../../src/optim/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { adamBytes, type Case, normals, type Suite, trainingStep } from "../suite.js";

const INPUTS = 2048;
const DIMENSION = 512;
/** Items of a class in a batch. */
const PER_CLASS = 4;

type Options = Readonly<Record<string, unknown>>;

/** A loss under its registry's name, with a miner perhaps, and the number of its classes where it owns some. */
interface Contender {
  readonly loss: string;
  readonly options?: Options;
  readonly miner?: readonly [string, Options];
  readonly classes?: number;
}

const contenders: Readonly<Record<string, Contender>> = {
  "multi-similarity": { loss: "multi-similarity" },
  "multi-similarity+miner": { loss: "multi-similarity", miner: ["multi-similarity", { epsilon: 0.1 }] },
  "triplet+semi-hard": {
    loss: "triplet",
    options: { margin: 0.2, distance: { name: "lp" } },
    miner: ["triplet-margin", { margin: 0.2, triplets: "semi-hard" }],
  },
  contrastive: { loss: "contrastive" },
  "nt-xent": { loss: "nt-xent" },
  "proxy-anchor-100": { loss: "proxy-anchor", classes: 100 },
  "arcface-10000": { loss: "arcface", classes: 10_000 },
  "fast-ap": { loss: "fast-ap" },
  "soft-triple-100": { loss: "soft-triple", classes: 100 },
  "memory-8192": { loss: "cross-batch-memory", options: { size: 8192, includeBatch: false, warmUpSteps: 0 } },
};

/** Linear 2048 -> 512, normalise, loss with its miner, backward, Adam. */
export function headStep({ loss: name, options = {}, miner: mining, classes = 0 }: Contender, batch: number): Case {
  return {
    make(threads) {
      const layer = dense(INPUTS, DIMENSION);
      const { shape } = losses.entry(name).options;
      const known = { classes: Math.max(classes, 1), dimension: DIMENSION };
      const wanted = Object.entries(known).filter(([option]) => Object.hasOwn(shape, option));
      const loss = losses.create(name, { ...options, ...Object.fromEntries(wanted) });
      const miner = mining && miners.create(...mining);
      const x = input("x", "float32", [batch, INPUTS]);
      const labels = input("labels", "int64", [batch]);
      const query = l2Normalize(layer.apply(x, context()));
      const related = { query, key: query, ...classRelation(labels, { positivesPerQuery: PER_CLASS - 1 }) };
      const { value, updates } = lossValue(loss, miner ? { ...related, ...miner.mine(related) } : related);
      const parameters: ParameterTree = { layer: layer.parameters, loss: loss.parameters };
      const feeds = { x: normals(batch * INPUTS, new Random(2)), labels: batchLabels(batch, classes) };
      const state = updates as ReadonlyMap<Parameter, Tensor> | undefined;
      return trainingStep(parameters, value, adam(), feeds, { threads, ...(state && { state }) });
    },
    work: {
      flop: 2 * 2 * batch * INPUTS * DIMENSION + 3 * 2 * batch * DIMENSION * (classes || batch),
      bytes: adamBytes(INPUTS * DIMENSION + DIMENSION * classes),
    },
  };
}

/** Fours of a class, after each other; of `classes` classes where the loss has so many. */
function batchLabels(batch: number, classes: number): BigInt64Array {
  return BigInt64Array.from({ length: batch }, (_, i) => {
    const group = Math.floor(i / PER_CLASS);
    return BigInt(classes === 0 ? group : group % classes);
  });
}

const sizes = [128, 512, 1024, 4096];

/** What has to fit into memory, at one size of batch. */
const large: Readonly<Record<string, Contender>> = {
  "memory-100000": { loss: "cross-batch-memory", options: { size: 100_000, includeBatch: false, warmUpSteps: 0 } },
  "sampled-softmax-100000": { loss: "sampled-softmax", classes: 100_000 },
};

function cases(of: Readonly<Record<string, Contender>>, batches: readonly number[]): Record<string, Case> {
  const named = Object.entries(of).flatMap(([name, contender]) =>
    batches.map((batch) => [`${name}/${batch}`, headStep(contender, batch)] as const),
  );
  return Object.fromEntries(named);
}

export const suite: Suite = {
  title: "head steps (2048 -> 512, loss, backward, Adam)",
  peer: { name: "PyTorch + PML", script: "torch_losses.py" },
  cases: {
    ...cases(contenders, sizes),
    ...cases(large, [128]),
  },
};
