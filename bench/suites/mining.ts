import { input, type Tensor } from "../../src/graph/index.js";
import { miners } from "../../src/miners/index.js";
import { l2Normalize } from "../../src/nn/index.js";
import { classRelation, type Relation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { operation } from "../operation.js";
import { type Case, normals, type Suite } from "../suite.js";

const DIMENSION = 128;
/** Items of a class in a batch. */
const PER_CLASS = 4;

/** Names and options of the miners that pytorch-metric-learning has too; both sides' defaults are the same otherwise. */
const chosen = {
  "batch-hard": ["batch-hard", {}],
  "batch-easy-hard": ["batch-easy-hard", { positive: "easy", negative: "semi-hard" }],
  "multi-similarity": ["multi-similarity", {}],
  "triplet-margin": ["triplet-margin", { margin: 0.2, triplets: "all" }],
  "semi-hard": ["triplet-margin", { margin: 0.2, triplets: "semi-hard" }],
  "pair-margin": ["pair-margin", {}],
  angular: ["angular", {}],
  "distance-weighted": ["distance-weighted", {}],
  "hard-aware-cascade": ["hard-aware-cascade", {}],
  "uniform-histogram": ["uniform-histogram", {}],
} as const;

/** One number of each tensor that the miner's choice is made of, so that all of it is computed and none copied. */
function digest({ positive, negative, triplets }: Relation): Tensor[] {
  const parts =
    triplets?.kind === "list"
      ? [triplets.query, triplets.positive, triplets.negative, triplets.weight]
      : triplets?.kind === "slots"
        ? [triplets.positive, triplets.weight]
        : [];
  return [positive, negative, ...parts].map((tensor) => tensor.cast("float32").sum());
}

/** Vectors around the centre of their class, as a network that has begun to learn gives them. */
function clustered(batch: number): Float32Array {
  const random = new Random(1);
  const centres = normals((batch / PER_CLASS) * DIMENSION, random);
  return normals(batch * DIMENSION, random).map((value, i) => {
    const row = Math.floor(i / DIMENSION);
    return value + centres[Math.floor(row / PER_CLASS) * DIMENSION + (i % DIMENSION)]!;
  });
}

function mining([name, options]: (typeof chosen)[keyof typeof chosen], batch: number): Case {
  const define = () => {
    const query = l2Normalize(input("x", "float32", [batch, DIMENSION]));
    const relation = classRelation(input("labels", "int64", [batch]), { positivesPerQuery: PER_CLASS - 1 });
    const results = digest(miners.create(name, options).mine({ query, key: query, ...relation }));
    const labels = BigInt64Array.from({ length: batch }, (_, i) => BigInt(Math.floor(i / PER_CLASS)));
    return { results, feeds: { x: clustered(batch), labels } };
  };
  return operation(define, { flop: 2 * batch * batch * DIMENSION });
}

export const suite: Suite = {
  title: "miners alone: 128 numbers, 4 of a class",
  peer: { name: "PML", script: "torch_mining.py" },
  cases: Object.fromEntries(
    Object.entries(chosen).flatMap(([name, choice]) =>
      [512, 1024].map((batch) => [`${name}/${batch}`, mining(choice, batch)]),
    ),
  ),
};
