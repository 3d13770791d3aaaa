import { expect, it } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, type Parameter } from "../../src/graph/index.js";
import { asymmetricStreams, contrastive, lossValue } from "../../src/losses/index.js";
import { spanningTree } from "../../src/miners/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { normalRows } from "../laws/evaluate.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";

lossLaws("asymmetric-streams", { ordered: "the short stream sees every second sample" });

const D = 3;
const rows = normalRows(6, D, 5);
const labels = [0, 0, 0, 1, 1, 1];

/** Terms and gradients with given maps. */
async function computed(maps: { long: number[]; short: number[] }, settings: { share?: number; tree?: boolean }) {
  const loss = asymmetricStreams({ dimension: D, dtype: "float64", ...settings });
  const streams = loss.parameters.streams as { long: Parameter; short: Parameter };
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  variables.assign(streams.long, Float64Array.from(maps.long));
  variables.assign(streams.short, Float64Array.from(maps.short));
  const query = input("query", "float64", [6, D]);
  const relation = classRelation(input("labels", "int64", [6]), { dtype: "float64" });
  const { terms, value } = lossValue(loss, { ...relation, query, key: query });
  const [gradient] = grad(terms.short!.elements().sum, [query]);
  const parts = Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, term.elements().sum]));
  const outputs = { ...parts, value, gradient: gradient!, projected: loss.learned!.project(query) };
  const program = await compileGraph({ outputs }, { variables, threads: 1 });
  const feeds = { query: Float64Array.from(rows.flat()), labels: BigInt64Array.from(labels, BigInt) };
  const results = await program.run(feeds);
  await program.release();
  return Object.fromEntries(Object.entries(results).map(([k, { data }]) => [k, Array.from(data as Float64Array)]));
}

const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];

it("with equal streams of equal length is three times the inner loss on the tree's edges", async () => {
  const { long, short, value } = await computed({ long: identity, short: identity }, { share: 1 });
  const change = (given: Parameters<ReturnType<typeof spanningTree>["mine"]>[0]) => ({
    ...given,
    ...spanningTree().mine(given),
  });
  const expected = await lossOf(contrastive(), rows, labels, { change });
  expect(long![0]).toBeCloseTo(expected, 10);
  expect(short![0]).toBeCloseTo(expected, 10);
  expect(value![0]).toBeCloseTo(3 * expected, 10);
  const all = await computed({ long: identity, short: identity }, { share: 1, tree: false });
  expect(all.long![0]).toBeCloseTo(await lossOf(contrastive(), rows, labels), 10);
});

it("the short stream sees its share of the batch alone", async () => {
  const { gradient } = await computed({ long: identity, short: normalRows(3, 3, 8).flat() }, { share: 0.5 });
  const touched = rows.map((_, i) => gradient!.slice(i * D, (i + 1) * D).some((g) => g !== 0));
  expect(touched).toEqual([false, true, false, true, false, true]);
});

it("is used as both normalised streams side by side", async () => {
  const { projected } = await computed({ long: identity, short: [0, 1, 0, 1, 0, 0, 0, 0, 2] }, {});
  const [x, y, z] = rows[0] as [number, number, number];
  const long = [x, y, z].map((v) => v / Math.hypot(x, y, z));
  const short = [y, x, 2 * z].map((v) => v / Math.hypot(x, y, 2 * z));
  [...long, ...short].forEach((v, i) => {
    expect(projected![i]).toBeCloseTo(v * Math.SQRT1_2, 12);
  });
});
