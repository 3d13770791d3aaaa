import { input } from "../../src/graph/index.js";
import type { Miner } from "../../src/miners/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import type { Rows } from "../oracles/vectors.js";

/** What a miner chose from a batch, in float64. */
export interface Mined {
  readonly positive: number[][];
  readonly negative: number[][];
  /** [query, positive, negative, weight] of the triplets it lists. */
  readonly triplets: number[][];
}

/** How {@link mine} runs a miner. */
export interface MineOptions {
  readonly positivesPerQuery?: number;
  /** How often, with new random numbers each time. */
  readonly runs?: number;
  readonly seed?: number;
}

/** Runs a miner on a batch with class labels. */
export async function mine(
  miner: Miner,
  query: Rows,
  labels: readonly number[],
  { positivesPerQuery, runs = 1, seed = 1 }: MineOptions = {},
): Promise<Mined[]> {
  const rows = input("query", "float64", [query.length, query[0]!.length]);
  const classes = input("labels", "int64", [labels.length]);
  const relation = classRelation(classes, { dtype: "float64", positivesPerQuery });
  const { positive, negative, triplets } = miner.mine({ ...relation, query: rows, key: rows });
  const list = triplets?.kind === "list" ? triplets : undefined;
  const listed = list && { a: list.query, p: list.positive, n: list.negative, weight: list.weight };
  const variables = new Variables();
  variables.add(miner.parameters, new Random(1));
  const program = await compileGraph({ outputs: { positive, negative, ...listed } }, { threads: 1, variables });
  const random = new Random(seed);
  const fed = { query: Float64Array.from(query.flat()), labels: BigInt64Array.from(labels, BigInt) };
  const results: Mined[] = [];
  for (let i = 0; i < runs; i++) {
    const outputs = await program.run(fed, random);
    const numbers = (name: string) => Array.from((outputs[name]?.data ?? []) as Float64Array, Number);
    const matrix = (flat: number[]) => labels.map((_, r) => flat.slice(r * labels.length, (r + 1) * labels.length));
    const [a, p, n, weight] = ["a", "p", "n", "weight"].map(numbers) as [number[], number[], number[], number[]];
    results.push({
      positive: matrix(numbers("positive")),
      negative: matrix(numbers("negative")),
      triplets: a.flatMap((_, t) => (weight[t]! > 0 ? [[a[t]!, p[t]!, n[t]!, weight[t]!]] : [])),
    });
  }
  await program.release();
  return results;
}
