import { expect, it } from "vitest";
import { addAngularMargin } from "../../src/losses/index.js";
import { compile } from "../../src/run/index.js";
import { lossLaws } from "../laws/loss.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("arcface", {
  options: { scale: 10, marginRadians: 0.4 },
  oracle: ({ query, labels, parameters: { weight } }) =>
    average(
      query.map((q, i) => {
        const logits = weight!.map((w, c) => {
          const angle = Math.acos(cosineOf(q, w));
          const beyond = Math.cos(angle) - 0.4 * Math.sin(0.4);
          return 10 * (c !== labels[i] ? Math.cos(angle) : angle <= Math.PI - 0.4 ? Math.cos(angle + 0.4) : beyond);
        });
        return Math.log(total(logits.map(Math.exp))) - logits[labels[i]!]!;
      }),
    ),
});

it("adds a margin to an angle and goes on falling beyond pi", async () => {
  const program = await compile(({ x }) => ({ outputs: { y: addAngularMargin(x, 0.5) } }), {
    x: { shape: ["n"], dtype: "float64" },
  });
  const cosines = Float64Array.from({ length: 41 }, (_, i) => 1 - i / 20);
  const { y } = await program.run({ x: cosines });
  const values = Array.from(y!.data as Float64Array);
  expect(values[10]).toBeCloseTo(Math.cos(Math.acos(0.5) + 0.5), 12);
  expect(values[40]).toBeCloseTo(-1 - 0.5 * Math.sin(0.5), 12);
  for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThan(values[i - 1]!);
});
