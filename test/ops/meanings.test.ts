import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/graph/index.js";
import { evaluate, type Values } from "../oracles/evaluate.js";
import { meanings } from "../oracles/functions.js";
import { difference, type Traced, trace } from "./check.js";
import { rows } from "./rows.js";

/** Functions whose arguments other tests of this folder check against naive loops. */
const elsewhere = [
  "maxPool2d",
  "averagePool2d",
  "adaptiveAveragePool2d",
  "enlarge",
  "batchNorm",
  "batchNormFixed",
  "layerNorm",
  "groupNorm",
  "instanceNorm",
];

/** True when a function only puts its tensors into one op, whose rule in the reference interpreter then says it all. */
function isBare({ inputs, outputs }: Traced): boolean {
  const { node } = outputs[0] as Tensor;
  const isDirect = node.inputs.length === inputs.length && node.inputs.every((tensor, i) => tensor === inputs[i]);
  return isDirect && Object.keys(node.attributes).length === 0 && outputs.every((tensor) => tensor.node === node);
}

describe("functions mean what plain numbers say, down to every argument", () => {
  test.each(Object.entries(rows).filter(([name]) => !elsewhere.includes(name)))("%s", (name, row) => {
    const meaning = meanings[name];
    fc.assert(
      fc.property(fc.noBias(row.sample(false)), (sample) => {
        const traced = trace(sample, "float64", "x");
        if (meaning === undefined) {
          expect(isBare(traced), traced.label).toBe(true);
          return;
        }
        const inputs = sample.inputs.map(({ shape, values }): Values => ({ shape, data: values }));
        const expected = [meaning(inputs, sample.details as never)].flat() as readonly Values[];
        const actual = evaluate(traced.outputs, traced.feeds);
        expect(actual.length).toBe(expected.length);
        actual.forEach(({ shape, data }, i) => {
          const wrong = difference({ shape, data: Float64Array.from(data) }, expected[i]!, 1e-9);
          expect(wrong, traced.label).toBeUndefined();
        });
      }),
      { numRuns: 60, seed: 51 },
    );
  });

  test("none is left over", () => {
    expect([...Object.keys(meanings), ...elsewhere].filter((name) => !(name in rows))).toEqual([]);
  });
});
