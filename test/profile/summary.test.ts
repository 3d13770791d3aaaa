import { expect, test } from "vitest";
import { summarize } from "../../src/profile/index.js";
import { joinedScope, profiledParts } from "../../src/report/index.js";
import type { TracedRun } from "../../src/run/index.js";

const names = ["net/a/Conv.1", "net/a/backward/Conv.2", "net/b/Relu.3", "optimizer/Sub.4", "Cast.5"];
const nodes = names.map((name) => ({ name, inputs: [], outputs: [name] }));

/** A run in which the node at place i takes `times[i]`, and 1 ms goes by between them. */
function run(began: number, times: readonly number[]): TracedRun {
  const kernels = times.map((milliseconds, i) => ({
    name: names[i]!,
    op: /(\w+)\.\d+$/.exec(names[i]!)![1]!,
    milliseconds,
    inputs: [`float [${i}]`],
    outputs: ["float []"],
  }));
  const milliseconds = times.reduce((a, b) => a + b, 1);
  return { began, ended: began + milliseconds + 1, milliseconds, kernels };
}

const summary = summarize({
  source: "test",
  warmup: 1,
  since: 100,
  steps: [
    { total: 40, host: { sampling: 2, feeds: 4 } },
    { total: 20, host: { sampling: 0, feeds: 2 } },
  ],
  sessions: [
    {
      written: nodes,
      optimized: nodes,
      runs: [run(0, [900, 900, 900, 900, 900]), run(100, [8, 12, 2, 4, 1]), run(200, [4, 6, 2, 2, 1])],
    },
  ],
});

test("a summary is of the steps after warming up, as means", () => {
  expect(summary).toMatchObject({
    steps: 2,
    warmup: 1,
    total: 30,
    fastest: 20,
    slowest: 40,
    between: 1,
    unattributed: 1,
  });
  expect(summary.host).toEqual([
    { name: "sampling", milliseconds: 1 },
    { name: "feeds", milliseconds: 3 },
  ]);
});

test("scopes add up what is inside them, forward and backward apart, slowest first", () => {
  expect(summary.scopes).toEqual([
    {
      name: "net",
      forward: 8,
      backward: 9,
      inside: [
        { name: "a", forward: 6, backward: 9, inside: [] },
        { name: "b", forward: 2, backward: 0, inside: [] },
      ],
    },
    { name: "optimizer", forward: 3, backward: 0, inside: [] },
  ]);
});

test("operators by type and by node, slowest first", () => {
  expect(summary.operators.map(({ op, count, milliseconds }) => [op, count, milliseconds])).toEqual([
    ["Conv", 2, 15],
    ["Sub", 1, 3],
    ["Relu", 1, 2],
    ["Cast", 1, 1],
  ]);
  expect(summary.nodes[0]).toEqual({
    name: "net/a/backward/Conv.2",
    op: "Conv",
    milliseconds: 9,
    inputs: ["float [1]"],
    outputs: ["float []"],
  });
});

test("parts add up to the step, and what is left has a name", () => {
  const parts = profiledParts(summary);
  expect(parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeCloseTo(30);
  expect(parts.at(-1)).toEqual({ name: "all else", milliseconds: 4 });
});

test("a scope with one other inside and nothing else is written with it", () => {
  const inner = { name: "conv", forward: 2, backward: 1, inside: [] };
  expect(joinedScope({ name: "unit", forward: 2, backward: 1, inside: [inner] })).toEqual({
    ...inner,
    name: "unit/conv",
  });
  const more = { name: "unit", forward: 3, backward: 1, inside: [inner] };
  expect(joinedScope(more)).toBe(more);
});
