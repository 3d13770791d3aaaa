import { expect, test } from "vitest";
import { grad, printGraph, simplify } from "../../src/grad/index.js";
import { constant, input, Parameter, randomTensor, scope, type Tensor } from "../../src/graph/index.js";
import { concat, pad } from "../../src/ops/index.js";

const weight = new Parameter([3, 2], { initializer: () => [] });
const count = new Parameter([], { initializer: () => [0], trainable: false });

test("a graph prints one node a line, with types and scopes", () => {
  const x = input("x", "float32", ["batch", 3]);
  const loss = scope("head", () =>
    scope("dense", () => x.matmul(weight))
      .softmax()
      .log(),
  )
    .mul(count)
    .mean();
  expect(printGraph([loss])).toMatchInlineSnapshot(`
    "%0 = parameter : float32 [3, 2]
    %1 = state : float32 []
    %2 = input "x" : float32 [batch, 3]
    %3 = matmul(%2, %0) : float32 [batch, 2]   # head/dense
    %4 = softmax(%3, axis=1) : float32 [batch, 2]   # head
    %5 = log(%4) : float32 [batch, 2]   # head
    %6 = mul(%5, %1) : float32 [batch, 2]
    %7 = sum(%6, axes=[0,1], keepAxes=false) : float32 []
    %8 = size(size="2*batch") : int64 []
    %9 = cast(%8, to="float32") : float32 []
    %10 = div(%7, %9) : float32 []
    return %10"
  `);
});

test("a gradient prints without what simplification removes", () => {
  const x = input("x", "float32", ["batch", 3]);
  const [gradient] = grad(x.square().sum(), [x]) as [Tensor];
  expect(printGraph(simplify([gradient]))).toMatchInlineSnapshot(`
    "%0 = input "x" : float32 [batch, 3]
    %1 = add(%0, %0) : float32 [batch, 3]   # backward
    return %1"
  `);
});

test("constants, random leaves, several outputs and infinities print", () => {
  const x = input("x", "int64", [6]);
  const { values, indices } = x.topK(2);
  const noise = randomTensor({ kind: "bernoulli", probability: 0.5 }, [2]);
  const odd = concat([pad(noise, [[0, 4]], Number.NEGATIVE_INFINITY), constant([1.5, -0, Number.NaN, 0.25, 7])]);
  expect(printGraph([values, indices, odd])).toMatchInlineSnapshot(`
    "%0 = input "x" : int64 [6]
    %1, %2 = topK(%0, k=2, axis=0, largest=true) : int64 [2], int64 [2]
    %3 = random(kind="bernoulli", probability=0.5) : float32 [2]
    %4 = pad(%3, axis=0, before=0, after=4, value=-Infinity) : float32 [6]
    %5 = constant 1.5, 0, NaN, 0.25, ... : float32 [5]
    %6 = concat(%4, %5, axis=0) : float32 [11]
    return %1, %2, %6"
  `);
});
