import { expect, it } from "vitest";
import { lossValue, multiplyAngle, sphereFace } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, Variables } from "../../src/run/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { crossEntropyOf, multipliedAngle } from "../oracles/classifier.js";
import { cosineOf, euclideanNorm } from "../oracles/vectors.js";

const oracle = (m: number, lambda: number) => (batch: OracleBatch) =>
  crossEntropyOf(batch, (q, label) =>
    batch.parameters.weight!.map((w, c) => {
      const cos = cosineOf(q, w);
      return euclideanNorm(q) * (c === label ? (lambda * cos + multipliedAngle(cos, m)) / (1 + lambda) : cos);
    }),
  );

lossLaws("sphereface", { options: { annealingStart: 8 }, oracle: oracle(4, 8) });
lossLaws("sphereface", { options: { annealing: false, margin: 3 }, oracle: oracle(3, 0) });
lossLaws("sphereface", { options: { annealing: false, margin: 1 }, oracle: oracle(1, 0) });

it.each([1, 2, 3, 4, 5])("psi for m = %s falls from 1 to 1 - 2 m without a jump", async (m) => {
  const program = await compile(({ x }) => ({ outputs: { y: multiplyAngle(x, m) } }), {
    x: { shape: ["n"], dtype: "float64" },
  });
  const angles = Array.from({ length: 721 }, (_, i) => (i * Math.PI) / 720);
  const { y } = await program.run({ x: Float64Array.from(angles, Math.cos) });
  await program.release();
  const values = Array.from(y!.data as Float64Array);
  expect(values[0]).toBeCloseTo(1, 12);
  expect(values[720]).toBeCloseTo(1 - 2 * m, 12);
  for (let i = 1; i < values.length; i++) {
    expect(values[i]).toBeLessThan(values[i - 1]!);
    expect(values[i - 1]! - values[i]!).toBeLessThan(0.03);
    expect(values[i]).toBeCloseTo(multipliedAngle(Math.cos(angles[i]!), m), 8);
  }
});

it("counts its steps, and lets go of the plain cosine as published", async () => {
  const loss = sphereFace({ classes: 2, dimension: 2, dtype: "float64" });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  variables.assign(loss.parameters.weight as never, Float64Array.of(1, 0, 0, 1));
  const program = await compile(
    ({ x, y }) => {
      const relation = classRelation(y, { dtype: "float64" });
      const { value, updates } = lossValue(loss, { query: x, key: x, ...relation });
      return { outputs: { value }, updates: updates! };
    },
    { x: { shape: [1, 2], dtype: "float64" }, y: { shape: [1], dtype: "int64" } },
    { variables },
  );
  for (const step of [0, 1, 2]) {
    const { value } = await program.run({ x: Float64Array.of(0.6, 0.8), y: BigInt64Array.of(0n) });
    const lambda = Math.max(5, 1000 / (1 + 0.12 * step));
    const own = (lambda * 0.6 + multipliedAngle(0.6, 4)) / (1 + lambda);
    expect(value!.data[0]).toBeCloseTo(Math.log(1 + Math.exp(0.8 - own)), 10);
  }
  await program.release();
});
