import { input, type Parameter } from "../../src/graph/index.js";
import { type Loss, type LossInput, lossValue } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, type Feed, Variables } from "../../src/run/index.js";
import type { Rows } from "./vectors.js";

/** What {@link lossOf} may be told besides rows and labels. */
export interface LossOfOptions {
  readonly keys?: Rows;
  readonly keyLabels?: readonly number[];
  /** Changes the input before the loss sees it. */
  readonly change?: (input: LossInput) => LossInput;
  /** Values of the loss's parameters, instead of their initial ones. */
  readonly parameters?: ReadonlyMap<Parameter, ArrayLike<number>>;
}

function rows(name: string, values: Rows, feeds: Record<string, Feed>) {
  const shape = [values.length, values[0]!.length];
  feeds[name] = { data: Float64Array.from(values.flat()), shape };
  return input(name, "float64", shape);
}

function integers(name: string, values: readonly number[], feeds: Record<string, Feed>) {
  feeds[name] = { data: BigInt64Array.from(values, BigInt), shape: [values.length] };
  return input(name, "int64", [values.length]);
}

/** The value of a loss on a few rows with class labels, in float64. */
export async function lossOf(
  loss: Loss,
  query: Rows,
  labels: readonly number[],
  { keys, keyLabels, change = (x) => x, parameters = new Map() }: LossOfOptions = {},
): Promise<number> {
  const feeds: Record<string, Feed> = {};
  const queries = rows("query", query, feeds);
  const relation = classRelation(integers("labels", labels, feeds), {
    keyLabels: keyLabels && integers("keyLabels", keyLabels, feeds),
    dtype: "float64",
    positivesPerQuery: query.length,
  });
  const given = { ...relation, query: queries, key: keys ? rows("key", keys, feeds) : queries };
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  for (const [parameter, values] of parameters) variables.assign(parameter, Float64Array.from(values));
  const { value } = lossValue(loss, change(given));
  const program = await compileGraph({ outputs: { value } }, { variables, threads: 1 });
  try {
    return (await program.run(feeds)).value!.data[0] as number;
  } finally {
    await program.release();
  }
}
