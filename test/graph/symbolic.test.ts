import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, input, randomTensor, type Shape, type Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, compileGraph } from "../../src/run/index.js";
import { difference } from "../ops/check.js";
import { evaluate, type Values } from "../oracles/evaluate.js";

const weight = () =>
  constant([
    [1, -2],
    [0.5, 1],
    [-1, 3],
  ]);

/** Functions of x ["batch", 3], and the shape that the graph must promise. */
const functions: Readonly<Record<string, readonly [(x: Tensor) => Tensor, Shape]>> = {
  "a linear layer": [(x) => x.matmul(weight()).add([1, 2]).relu(), ["batch", 2]],
  "all pairs": [(x) => x.matmul(x.transpose()), ["batch", "batch"]],
  "differences of all pairs": [(x) => x.unsqueeze(1).sub(x.unsqueeze(0)).norm(-1), ["batch", "batch"]],
  "joined axes": [(x) => x.reshape([-1]).mul(2), ["3*batch"]],
  "new axes": [(x) => x.reshape(["batch", 1, 3, 1]).transpose(), ["batch", 1, 1, 3]],
  "pairs of triples": [(x) => ops.concat([x, x.neg()]).reshape(["batch", -1]), ["batch", 6]],
  "twice the batch": [(x) => ops.concat([x, x.square()]), ["2*batch", 3]],
  "twice the batch and a row": [(x) => ops.concat([x, constant([[1, 2, 3]]), x]), ["2*batch+1", 3]],
  stacked: [(x) => ops.stack([x, x.exp()], 1), ["batch", 2, 3]],
  "the second half": [(x) => ops.concat([x, x.mul(2)]).slice({ axis: 0, start: "batch" }), ["batch", 3]],
  "every other row": [
    (x) =>
      ops
        .stack([x, x.mul(2)], 1)
        .reshape(["2*batch", 3])
        .slice({ axis: 0, step: 2 }),
    ["batch", 3],
  ],
  "split in two": [(x) => ops.concat([x, x.mul(2)]).split(["batch", "batch"])[1]!, ["batch", 3]],
  "split in equal parts": [(x) => ops.concat([x, x.mul(2)]).split(2)[0]!, ["batch", 3]],
  "split in columns": [(x) => x.split([1, 2], 1)[1]!, ["batch", 2]],
  padded: [
    (x) =>
      x.pad(
        [
          [1, 2],
          [0, 1],
        ],
        7,
      ),
    ["batch+3", 4],
  ],
  "all but the padding": [(x) => x.pad([[1, 1]]).slice({ axis: 0, start: 1, end: -1 }), ["batch", 3]],
  "turned around": [(x) => x.flip(0), ["batch", 3]],
  "mean over the batch": [(x) => x.mean(0), [3]],
  "variance over the batch": [(x) => x.variance({ axes: 0 }), [3]],
  "softmax over the batch": [(x) => x.softmax(0), ["batch", 3]],
  "softmax of rows": [(x) => x.softmax(), ["batch", 3]],
  "running sums": [(x) => x.cumSum(0), ["batch", 3]],
  "largest of each row": [(x) => x.max(1), ["batch"]],
  "the two largest of each row": [(x) => x.topK(2).values, ["batch", 2]],
  "sorted columns": [(x) => x.sort({ axis: 0 }).values, ["batch", 3]],
  "place of the largest": [(x) => x.argMax().cast("float32").add(x.sum(1)), ["batch"]],
  "own similarity": [(x) => ops.diagonal(x.matmul(x.transpose())), ["batch"]],
  "others only": [(x) => ops.where(ops.eye("batch").greater(0), 0, x.matmul(x.transpose())), ["batch", "batch"]],
  "earlier ones only": [(x) => ops.where(ops.lowerTriangle("batch"), x.matmul(x.transpose()), 0).sum(1), ["batch"]],
  "numbered rows": [(x) => x.mul(ops.arange("batch", "float32").unsqueeze(1)), ["batch", 3]],
  "rows in order of their number": [(x) => x.gather(ops.arange("batch")), ["batch", 3]],
  "rows added to themselves": [(x) => x.scatterRows(ops.arange("batch"), x.sin()), ["batch", 3]],
  "one of three": [(x) => ops.oneHot(x.argMax(), 3).mul(x), ["batch", 3]],
  "repeated columns": [(x) => x.unsqueeze(2).expand(["batch", 3, "batch"]).cos(), ["batch", 3, "batch"]],
  "a function of the size": [(x) => x.mul(ops.dimension(["batch"], [0], "float32")), ["batch", 3]],
  "batched products": [(x) => ops.einsum("bi,bj->bij", x, x), ["batch", 3, 3]],
  images: [
    (x) =>
      x
        .reshape(["batch", 1, 1, 3])
        .conv2d(constant([[[[1, -1]]]]))
        .maxPool2d([1, 2]),
    ["batch", 1, 1, 1],
  ],
  "normalised rows": [
    (x) => ops.layerNorm(x.l2Normalize(), { scale: constant([1, 2, 3]), bias: constant([0, 0, 1]) }),
    ["batch", 3],
  ],
};

const rowsOf = (count: number): Values => ({
  shape: [count, 3],
  data: Array.from({ length: 3 * count }, (_, i) => Math.fround(Math.sin(3.7 * i + 0.4) * 1.5)),
});

describe("one program for every size of a named axis, as the reference interpreter computes it", () => {
  test.each(Object.entries(functions))("%s", async (_, [fn, shape]) => {
    const x = input("x", "float32", ["batch", 3]);
    const y = fn(x);
    expect(y.shape).toEqual(shape);
    const [gradient] = grad(y.mul(y).sum(), [x]) as [Tensor];
    expect(gradient.shape).toEqual(["batch", 3]);
    const program = await compileGraph({ outputs: { y, gradient }, inputs: [x] }, { threads: 1 });
    for (const count of [4, 0, 1, 7]) {
      const feed = rowsOf(count);
      const results = await program.run({ x: Float32Array.from(feed.data) });
      const expected = evaluate([y, gradient], new Map([[x, feed]]));
      expect(difference(results.y!, expected[0]!, 1e-5), `value for ${count}`).toBeUndefined();
      expect(difference(results.gradient!, expected[1]!, 1e-4), `gradient for ${count}`).toBeUndefined();
    }
    await program.release();
  });
});

test("several named axes, learnt from inputs in any order", async () => {
  const program = await compile(
    ({ joined, a, b }) => ({ outputs: { y: ops.concat([a, b]).add(joined).reshape(["n", -1]) } }),
    {
      joined: { shape: ["n*m+n*k"] },
      a: { shape: ["n*m"] },
      b: { shape: ["n*k"] },
      n: { shape: ["n"] },
      m: { shape: ["m"] },
      k: { shape: ["k"] },
    },
  );
  const numbers = (count: number) => new Float32Array(count).fill(1);
  const { y } = await program.run({
    joined: numbers(10),
    a: numbers(4),
    b: numbers(6),
    n: numbers(2),
    m: numbers(2),
    k: numbers(3),
  });
  expect(y!.shape).toEqual([2, 5]);
  expect([...y!.data]).toEqual(Array(10).fill(2));
  await program.release();
});

test("a named size may come from an input of which nothing else is read", async () => {
  const program = await compile(
    ({ x }) => {
      const [gradient] = grad(x!.sum(), [x!]) as [Tensor];
      const noise = randomTensor({ kind: "bernoulli", probability: 1 }, ["batch"]);
      return { outputs: { gradient, noise: noise.mul(2) } };
    },
    { x: { shape: ["batch", 2] } },
  );
  const { gradient, noise } = await program.run({ x: new Float32Array(6) }, new Random(1));
  expect(gradient).toEqual({ data: new Float32Array(6).fill(1), shape: [3, 2] });
  expect(noise).toEqual({ data: new Float32Array(3).fill(2), shape: [3] });
  await program.release();
});

test("a size that no input names is an error when the program is made", async () => {
  await expect(compileGraph({ outputs: { y: ops.arange("rows") } })).rejects.toMatchObject({ code: "unknown-size" });
  const noise = randomTensor({ kind: "normal" }, ["rows"]);
  await expect(compileGraph({ outputs: { noise } })).rejects.toMatchObject({ code: "unknown-size" });
});
