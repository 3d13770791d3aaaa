import { expect, it } from "vitest";
import { constant, input, type Parameter, type Tensor } from "../../src/graph/index.js";
import { contrastive, lossValue } from "../../src/losses/index.js";
import { type SamplingPolicyOptions, samplingPolicy } from "../../src/miners/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";

minerLaws("sampling-policy", { random: "negatives are drawn" });

/** One query with a positive; a negative nearer than it, one a little beyond it, and two far ones. */
function direction(degrees: number): number[] {
  return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
}
const rows = [0, 40, -20, 55, 120, -150].map(direction);
const labels = [0, 0, 1, 2, 3, 4];
const SEMI_HARD = 3;

/** The miner run step after step; what was drawn for the first query decides the score it is told next. */
async function train(
  settings: SamplingPolicyOptions,
  steps: number,
  scoreOf: (drawn: number, score: number) => number,
) {
  const score = input("score", "float64", []);
  const query = input("query", "float64", [rows.length, 2]);
  const classes = constant(labels, { dtype: "int64" });
  const relation = classRelation(classes, { dtype: "float64", positivesPerQuery: 1 });
  const miner = samplingPolicy({ ...settings, score: () => score });
  const mined = miner.mine({ ...relation, query, key: query });
  const { negative } = mined.triplets as { negative: Tensor };
  const variables = new Variables();
  variables.add(miner.parameters, new Random(6));
  const program = await compileGraph({ outputs: { negative }, updates: mined.updates! }, { variables, threads: 1 });
  const random = new Random(8);
  const drawn: number[] = [];
  let current = 0;
  for (let step = 0; step < steps; step++) {
    const fed = { query: Float64Array.from(rows.flat()), score: Float64Array.of(current) };
    const { negative: chosen } = await program.run(fed, random);
    drawn.push(Number(chosen!.data[0]));
    current = scoreOf(drawn.at(-1)!, current);
  }
  await program.release();
  const { first, last } = miner.parameters.policy as Record<"first" | "last", Parameter>;
  return { drawn, last: Array.from(variables.value(last) as Float32Array), first: variables.value(first) };
}

it("begins as uniform sampling of the negatives", async () => {
  const runs = await mine(samplingPolicy(), rows, labels, { positivesPerQuery: 1, runs: 400 });
  const counts = [2, 3, 4, 5].map((n) => runs.filter(({ triplets }) => triplets[0]![2] === n).length);
  for (const count of counts) expect(Math.abs(count / 400 - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / 400));
});

it("comes to draw what raises the score", async () => {
  const { drawn } = await train({}, 500, (chosen, score) => score + Number(chosen === SEMI_HARD));
  const share = (part: number[]) => part.filter((n) => n === SEMI_HARD).length / part.length;
  expect(share(drawn.slice(0, 40))).toBeLessThan(0.6);
  expect(share(drawn.slice(-100))).toBeGreaterThan(0.8);
});

it("learns nothing from a reward that is as expected", async () => {
  const { last } = await train({}, 30, (_, score) => score);
  expect(last.every((weight) => weight === 0)).toBe(true);
});

it("hands its updates on with the value of the loss", () => {
  const query = input("query", "float32", [4, 2]);
  const relation = classRelation(input("labels", "int64", [4]));
  const miner = samplingPolicy();
  const batch = { ...relation, query, key: query };
  const { updates } = lossValue(contrastive(), { ...batch, ...miner.mine(batch) });
  expect(updates!.has((miner.parameters.policy as Record<string, Parameter>).last!)).toBe(true);
});
