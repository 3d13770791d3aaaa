import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { Parameter } from "../../src/graph/index.js";
import { matmul } from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, openSessions, Variables } from "../../src/run/index.js";

test("a linear model learns, its moments updated in place", async () => {
  const weight = new Parameter([3, 2], {
    initializer: (shape, random) => Array.from({ length: shape[0]! * shape[1]! }, () => random.normal()),
  });
  const moment = new Parameter([3, 2], { initializer: () => new Float32Array(6), trainable: false });
  const variables = new Variables();
  variables.add({ weight, moment }, new Random(1));
  const before = openSessions();
  const program = await compile(
    ({ x, y, rate }) => {
      const loss = matmul(x, weight).sub(y).square().mean();
      const [gradient] = grad(loss, [weight]);
      const next = moment.mul(0.9).add(gradient!);
      return {
        outputs: { loss },
        updates: new Map([
          [moment, next],
          [weight, weight.sub(next.mul(rate))],
        ]),
      };
    },
    { x: { shape: ["batch", 3] }, y: { shape: ["batch", 2] }, rate: { shape: [] } },
    { variables },
  );
  const random = new Random(2);
  const x = Float32Array.from({ length: 24 }, () => random.normal());
  const y = Float32Array.from({ length: 16 }, (_, i) => x[Math.floor(i / 2) * 3]! * (i % 2 === 0 ? 1 : -2));
  const losses: number[] = [];
  for (let i = 0; i < 200; i++)
    losses.push(Number((await program.run({ x, y, rate: Float32Array.of(0.1) })).loss!.data[0]));
  expect(losses[199]).toBeLessThan(1e-6);
  expect([...variables.value(weight)].map((v) => Math.round(Number(v) * 100) / 100)).toEqual(
    [1, -2, 0, 0, 0, 0].map((v) => expect.closeTo(v, 2)),
  );
  expect(program.buffers).toEqual({ inPlace: 2, doubled: 0 });
  await program.release();
  expect(openSessions()).toBe(before);
});
