import { beforeAll, describe, expect, it } from "vitest";
import { grad, simplify } from "../../src/grad/index.js";
import { input, reachableNodes, staticSize, type Tensor } from "../../src/graph/index.js";
import { type Miner, type MinerInput, miners } from "../../src/miners/index.js";
import { classRelation, tripletSlots } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, type Program, Variables } from "../../src/run/index.js";
import { indicesWhere, type Rows } from "../oracles/vectors.js";
import { normalRows } from "./evaluate.js";

/** What an oracle sees: plain numbers. */
export interface MinerBatch {
  readonly query: Rows;
  readonly labels: readonly number[];
  positives(query: number): number[];
  negatives(query: number): number[];
}

/** Chosen index tuples, in any order. */
export interface Chosen {
  readonly positive?: readonly (readonly [number, number])[];
  readonly negative?: readonly (readonly [number, number])[];
  readonly triplets?: readonly (readonly [number, number, number])[];
}

/** What the suite must know about a miner. */
export interface MinerLaws {
  readonly options?: Readonly<Record<string, unknown>>;
  /** The choice, made the slow and obvious way. Lists left out are not compared. */
  readonly oracle?: (batch: MinerBatch) => Chosen;
  /** Set with the reason when the choice is drawn at random. */
  readonly random?: string;
}

const DIMENSION = 6;
const BOUND = 4;
const LABELS = [0, 1, 2, 0, 1, 2, 0, 3, 3, 1, 4, 0];

type Float = "float32" | "float64";

function mined(miner: Miner, query: Tensor, labels: Tensor, bound?: number): MinerInput {
  const dtype = query.dtype as Float;
  const relation = classRelation(labels, { dtype, positivesPerQuery: bound });
  return { ...miner.mine({ ...relation, query, key: query }), query, key: query };
}

function outputsOf(input: MinerInput): Record<string, Tensor> {
  const { positive, negative, triplets } = input;
  if (triplets?.kind === "list") {
    const { query, positive: p, negative: n, weight } = triplets;
    return { positive, negative, anchor: query, listedPositive: p, listedNegative: n, weight };
  }
  if (triplets === undefined && input.positivesPerQuery === undefined) return { positive, negative };
  const { positive: slots, weight } = triplets?.kind === "slots" ? triplets : tripletSlots(input, triplets);
  return { positive, negative, slots, weight };
}

async function compiled(name: string, laws: MinerLaws, dtype: Float, size: number): Promise<Program> {
  const [query, labels] = [input("query", dtype, [size, DIMENSION]), input("labels", "int64", [size])];
  const variables = new Variables();
  const miner = miners.create(name, laws.options);
  variables.add(miner.parameters, new Random(1));
  const outputs = outputsOf(mined(miner, query, labels, BOUND));
  return compileGraph({ outputs }, { threads: 1, variables });
}

async function run(program: Program, rows: Rows, labels: readonly number[], dtype: Float) {
  const flat = rows.flat();
  const query = dtype === "float64" ? Float64Array.from(flat) : Float32Array.from(flat);
  const results = await program.run({ query, labels: BigInt64Array.from(labels, BigInt) }, new Random(4));
  return Object.fromEntries(
    Object.entries(results).map(([key, { data }]) => [key, Array.from(data as Float64Array, Number)]),
  ) as Record<string, number[]>;
}

function chosen(results: Record<string, number[]>, size: number): Required<Chosen> {
  const pairs = (flat: number[]) =>
    flat.flatMap((weight, i): [number, number][] => (weight > 0 ? [[Math.floor(i / size), i % size]] : []));
  const triplets = results.weight!.flatMap((weight, i): [number, number, number][] => {
    if (!(weight > 0)) return [];
    if (results.anchor) return [[results.anchor[i]!, results.listedPositive![i]!, results.listedNegative![i]!]];
    const slot = Math.floor(i / size);
    return [[Math.floor(slot / (results.slots!.length / size)), results.slots![slot]!, i % size]];
  });
  return { positive: pairs(results.positive!), negative: pairs(results.negative!), triplets };
}

function sorted(tuples: readonly (readonly number[])[]): string[] {
  return tuples.map((tuple) => tuple.join()).sort();
}

/** The properties every miner has; to be called once in the miner's own test file. */
export function minerLaws(name: string, laws: MinerLaws = {}): void {
  describe(`${name}: laws of a miner`, () => {
    let program: Program;
    beforeAll(async () => {
      program = await compiled(name, laws, "float64", LABELS.length);
      return () => program.release();
    });

    it.skipIf(!laws.oracle)("equals the naive oracle", async () => {
      for (const seed of [1, 2, 3, 4]) {
        const query = normalRows(LABELS.length, DIMENSION, seed);
        const actual = chosen(await run(program, query, LABELS, "float64"), LABELS.length);
        const positives = (i: number) => indicesWhere(LABELS.length, (j) => j !== i && LABELS[j] === LABELS[i]);
        const negatives = (i: number) => indicesWhere(LABELS.length, (j) => LABELS[j] !== LABELS[i]);
        const expected = laws.oracle!({ query, labels: LABELS, positives, negatives });
        for (const [key, tuples] of Object.entries(expected))
          expect(sorted(actual[key as keyof Chosen]), `${key}, seed ${seed}`).toEqual(sorted(tuples));
      }
    });

    it.skipIf(laws.random)("chooses the same from a permuted batch", async () => {
      const query = normalRows(LABELS.length, DIMENSION, 5);
      const order = new Random(9).shuffle(LABELS.map((_, i) => i));
      const straight = chosen(await run(program, query, LABELS, "float64"), LABELS.length);
      const rows = order.map((i) => query[i]!);
      const labels = order.map((i) => LABELS[i]!);
      const permuted = chosen(await run(program, rows, labels, "float64"), LABELS.length);
      const back = (tuples: readonly (readonly number[])[]) => tuples.map((tuple) => tuple.map((i) => order[i]!));
      for (const key of ["positive", "negative", "triplets"] as const)
        expect(sorted(back(permuted[key]))).toEqual(sorted(straight[key]));
    });

    it.each(["float32", "float64"] as const)("chooses related pairs only, also from degenerate batches (%s)", (dtype) =>
      checkDegenerate(name, laws, dtype));

    it("lets no gradient through its choice", () => {
      const [query, labels] = [input("query", "float32", [8, DIMENSION]), input("labels", "int64", [8])];
      const { positive, negative } = mined(miners.create(name, laws.options), query, labels, BOUND);
      const [gradient] = grad(positive.sum().add(negative.sum()), [query]);
      expect(gradient!.node.inputs.length === 0 || gradient!.node.op.name === "expand").toBe(true);
    });

    it("makes no tensor larger than c x B x R", () => {
      const measure = (size: number) => {
        const [query, labels] = [input("query", "float32", [size, DIMENSION]), input("labels", "int64", [size])];
        const { positive, negative } = mined(miners.create(name, laws.options), query, labels, BOUND);
        return Math.max(
          ...reachableNodes(simplify([positive, negative])).map((node) => staticSize(node.outputs[0]!.shape)),
        );
      };
      expect(measure(64)).toBeLessThanOrEqual(16 * 64 * 64);
      expect(measure(192) / measure(64)).toBeLessThanOrEqual(9);
    });
  });
}

async function checkDegenerate(name: string, laws: MinerLaws, dtype: Float): Promise<void> {
  const rows = normalRows(6, DIMENSION, 6);
  const same = rows.map(() => rows[0]!);
  const batches: readonly (readonly [Rows, readonly number[]])[] = [
    [rows, [0, 1, 2, 3, 4, 5]],
    [rows.slice(0, 4), [2, 2, 2, 2]],
    [same, [0, 0, 1, 1, 2, 2]],
    [same.slice(0, 4), [1, 1, 1, 1]],
    [rows.map((row) => row.map(() => 0)), [0, 0, 1, 1, 2, 2]],
    [rows.slice(0, 1), [3]],
  ];
  for (const [query, labels] of batches) {
    const program = await compiled(name, laws, dtype, labels.length);
    const results = await run(program, query, labels, dtype);
    await program.release();
    for (const [key, values] of Object.entries(results)) expect(values.every(Number.isFinite), key).toBe(true);
    const { positive, negative, triplets } = chosen(results, labels.length);
    const same = ([i, j]: readonly number[]) => i !== j && labels[i!] === labels[j!];
    const other = ([i, j]: readonly number[]) => labels[i!] !== labels[j!];
    expect(positive.every(same) && negative.every(other)).toBe(true);
    expect(triplets.every(([a, p, n]) => same([a, p]) && other([a, n]))).toBe(true);
  }
}
