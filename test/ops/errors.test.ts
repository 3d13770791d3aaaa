import { describe, expect, test } from "vitest";
import { SimileError } from "../../src/errors/index.js";
import { grad } from "../../src/grad/index.js";
import {
  constant,
  type DType,
  input,
  randomTensor,
  type Shape,
  substitute,
  type Tensor,
} from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";

function tensor(shape: Shape, dtype: DType = "float32"): Tensor {
  return input("x", dtype, shape);
}

function caught(build: () => unknown): SimileError {
  try {
    build();
  } catch (error) {
    if (error instanceof SimileError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

interface Mistake {
  /** Op that is named. */
  readonly op: string;
  readonly build: () => unknown;
  readonly expected: RegExp;
  /** What was received; default the shapes in the order of the arguments. */
  readonly received?: RegExp;
  readonly code?: string;
}

const x = tensor([2, 3]);
const indices = tensor([2], "int64");
const mistakes: Readonly<Record<string, Mistake>> = {
  "shapes that do not broadcast": {
    op: "add",
    build: () => x.add(tensor([2, 4])),
    expected: /shapes that broadcast/,
    received: /float32 \[2, 3\] and float32 \[2, 4\]/,
  },
  "a named size against a number": {
    op: "mul",
    build: () => tensor(["batch"]).mul(tensor([3])),
    expected: /broadcast/,
  },
  "two element types": {
    op: "sub",
    build: () => x.sub(tensor([2, 3], "float64")),
    expected: /the same element type/,
    received: /float32 \[2, 3\] and float64 \[2, 3\]/,
    code: "dtype-mismatch",
  },
  "a float function of integers": {
    op: "exp",
    build: () => indices.exp(),
    expected: /float32 or float64/,
    code: "dtype-mismatch",
  },
  "images before a cast": {
    op: "mul",
    build: () => tensor([2], "uint8").mul(2),
    expected: /float32/,
    code: "dtype-mismatch",
  },
  "a fraction beside int64": {
    op: "constant",
    build: () => indices.mul(0.5),
    expected: /whole numbers for int64/,
    received: /0\.5/,
    code: "dtype-mismatch",
  },
  "a float condition": {
    op: "where",
    build: () => ops.where(x, x, x),
    expected: /bool condition/,
    code: "dtype-mismatch",
  },
  "matmul of vectors": { op: "matmul", build: () => ops.matmul(tensor([3]), x), expected: /two or more axes/ },
  "inner sizes": { op: "matmul", build: () => x.matmul(x), expected: /inner sizes that agree \(3 and 2 do not\)/ },
  "inner sizes of a batch": {
    op: "matmul",
    build: () => tensor([5, 2, 3]).matmul(tensor([4, 2])),
    expected: /inner sizes that agree/,
    received: /float32 \[5, 2, 3\] and float32 \[4, 2\]/,
  },
  "batches that do not broadcast": {
    op: "matmul",
    build: () => tensor([2, 1, 3]).matmul(tensor([4, 3, 1])),
    expected: /leading axes that broadcast/,
  },
  "reshape to another size": {
    op: "reshape",
    build: () => x.reshape([4]),
    expected: /4 elements/,
    received: /\[2, 3\]/,
  },
  "an open size that does not divide": { op: "reshape", build: () => x.reshape([4, -1]), expected: /elements|sizes/ },
  "two open sizes": { op: "reshape", build: () => tensor([1]).reshape([-1, -1]), expected: /sizes/ },
  "an open size beside 0": { op: "reshape", build: () => tensor([0, 3]).reshape([0, -1]), expected: /sizes/ },
  "a fraction as a size": { op: "expand", build: () => tensor([1]).expand([2.5]), expected: /sizes|broadcast/ },
  "flatten from no axis": { op: "flatten", build: () => x.flatten(2), expected: /one of 2 axes instead of axis 2/ },
  "unsqueeze beyond the end": {
    op: "unsqueeze",
    build: () => x.unsqueeze(4),
    expected: /one of 3 axes instead of axis 4/,
  },
  "squeeze of a long axis": { op: "squeeze", build: () => x.squeeze(0), expected: /axis 0 to have size 1/ },
  "squeeze of no axis": { op: "squeeze", build: () => x.squeeze(-3), expected: /one of 2 axes instead of axis -3/ },
  "an axis twice in transpose": {
    op: "transpose",
    build: () => x.transpose([0, 0]),
    expected: /permutation of the axes 0,1/,
  },
  "nothing to concatenate": {
    op: "concat",
    build: () => ops.concat([]),
    expected: /at least one tensor/,
    received: /no tensor/,
  },
  "concat of other sizes": {
    op: "concat",
    build: () => ops.concat([x, tensor([3, 2])]),
    expected: /equal sizes on all axes but 0/,
  },
  "concat of two types": {
    op: "concat",
    build: () => ops.concat([x, tensor([2, 3], "int64")]),
    expected: /same element type/,
    code: "dtype-mismatch",
  },
  "parts that do not divide": {
    op: "split",
    build: () => x.split(2, 1),
    expected: /axis 1 that divides into 2 equal parts/,
  },
  "parts that do not add up": { op: "split", build: () => x.split([1, 1], 1), expected: /add up to 3/ },
  "no parts": { op: "split", build: () => x.split(0), expected: /divides into 0 equal parts/ },
  "slice beyond the end": {
    op: "slice",
    build: () => x.slice({ axis: 1, end: 4 }),
    expected: /0 <= start <= end <= 3/,
  },
  "slice from before the start": { op: "slice", build: () => x.slice({ axis: 1, start: -4 }), expected: /start/ },
  "slice of no axis": { op: "slice", build: () => x.slice({ axis: 2 }), expected: /one of 2 axes/ },
  "slice backwards": { op: "slice", build: () => x.slice({ axis: 1, step: -1 }), expected: /step/ },
  "a step over an open size": {
    op: "slice",
    build: () => tensor(["batch"]).slice({ axis: 0, step: 2 }),
    expected: /a length that a step of 2 divides/,
  },
  "flip of no axis": { op: "flip", build: () => x.flip(2), expected: /one of 2 axes/ },
  "negative padding": { op: "pad", build: () => x.pad([[-1, 0]]), expected: /whole numbers from 0/ },
  "padding integers with a fraction": {
    op: "pad",
    build: () => indices.pad([[1, 0]], 0.5),
    expected: /a whole number to pad with/,
    code: "dtype-mismatch",
  },
  "padding of too many axes": {
    op: "pad",
    build: () =>
      tensor([1]).pad([
        [0, 0],
        [1, 1],
      ]),
    expected: /at most 1 axes/,
  },
  "expand of a long axis": { op: "expand", build: () => x.expand([4, 3]), expected: /broadcasts to \[4, 3\]/ },
  "sum over no axis": { op: "sum", build: () => x.sum(2), expected: /one of 2 axes instead of axis 2/ },
  "mean over no axis, from the end": { op: "mean", build: () => x.mean(-3), expected: /instead of axis -3/ },
  "an axis twice": { op: "max", build: () => x.max({ axes: [0, -2] }), expected: /different axes/ },
  "an extremum of nothing": { op: "max", build: () => tensor([2, 0]).max(1), expected: /at least one element/ },
  "the place of an extremum of nothing": {
    op: "argMin",
    build: () => tensor([2, 0]).argMin(),
    expected: /at least one element/,
  },
  "the mean of integers": {
    op: "mean",
    build: () => indices.mean(),
    expected: /float32 or float64/,
    code: "dtype-mismatch",
  },
  "a product over an open size": { op: "prod", build: () => tensor(["n", 2]).prod(), expected: /static sizes/ },
  "sum of bools": {
    op: "sum",
    build: () => x.greater(0).sum({ axes: [] }),
    expected: /element type/,
    code: "dtype-mismatch",
  },
  "softmax over no axis": { op: "softmax", build: () => x.softmax(3), expected: /one of 2 axes/ },
  "cumSum of a scalar": { op: "cumSum", build: () => tensor([]).cumSum(), expected: /one of 0 axes/ },
  "float indices": {
    op: "gather",
    build: () => x.gather(tensor([2])),
    expected: /int64 indices/,
    code: "dtype-mismatch",
  },
  "gather along no axis": { op: "gather", build: () => x.gather(indices, 2), expected: /one of 2 axes/ },
  "rows that do not fit": {
    op: "scatterRows",
    build: () => x.scatterRows(indices, tensor([2, 4])),
    expected: /updates of shape \[2, 3\]/,
  },
  "rows of a scalar": {
    op: "scatterRows",
    build: () => tensor([], "int64").scatterRows(indices, indices),
    expected: /a tensor with rows/,
  },
  "indices of another rank": { op: "gatherElements", build: () => x.gatherElements(indices), expected: /as many axes/ },
  "indices of another size": {
    op: "gatherElements",
    build: () => x.gatherElements(tensor([1, 3], "int64")),
    expected: /equal sizes on all axes but 1/,
  },
  "updates of another shape": {
    op: "scatterAdd",
    build: () => x.scatterAdd(tensor([2, 1], "int64"), tensor([2, 2])),
    expected: /an index for each update/,
  },
  "more than there are": {
    op: "topK",
    build: () => x.topK(4),
    expected: /k, a whole number from 0 to 3/,
    received: /"k":4/,
  },
  "half a neighbour": { op: "topK", build: () => x.topK(1.5), expected: /whole number/ },
  "sort along no axis": { op: "sort", build: () => x.sort({ axis: 2 }), expected: /one of 2 axes/ },
  "the diagonal of a rectangle": { op: "diagonal", build: () => ops.diagonal(x), expected: /square matrix/ },
  "labels as floats": {
    op: "equal",
    build: () => ops.oneHot(x, 3),
    expected: /same element type/,
    code: "dtype-mismatch",
  },
  "einsum without an arrow": { op: "einsum", build: () => ops.einsum("ij", x), expected: /letters and one arrow/ },
  "einsum with two arrows": { op: "einsum", build: () => ops.einsum("ij->i->j", x), expected: /letters and one arrow/ },
  "einsum with digits": { op: "einsum", build: () => ops.einsum("i1->i", x), expected: /letters and one arrow/ },
  "einsum with a comma on the right": {
    op: "einsum",
    build: () => ops.einsum("ij,jk->i,k", x, x),
    expected: /letters and one arrow/,
  },
  "einsum of too few tensors": { op: "einsum", build: () => ops.einsum("ij,jk->ik", x), expected: /one term for each/ },
  "einsum of three tensors": {
    op: "einsum",
    build: () => ops.einsum("ij,ij,ij->ij", x, x, x),
    expected: /one or two tensors/,
  },
  "einsum of a trace": {
    op: "einsum",
    build: () => ops.einsum("ii->", tensor([2, 2])),
    expected: /one different letter/,
  },
  "einsum of another rank": {
    op: "einsum",
    build: () => ops.einsum("i->i", x),
    expected: /one different letter for each axis/,
  },
  "einsum with new letters": { op: "einsum", build: () => ops.einsum("ij->ik", x), expected: /letters from the left/ },
  "einsum to a diagonal": {
    op: "einsum",
    build: () => ops.einsum("ij->ii", x),
    expected: /different letters from the left/,
  },
  "einsum with other sizes": {
    op: "einsum",
    build: () => ops.einsum("ij,jk->ik", x, x),
    expected: /equal sizes of axis j/,
    received: /float32 \[2, 3\] and float32 \[2, 3\] with \{"equation":"ij,jk->ik"\}/,
  },
  "the gradient of a matrix": {
    op: "grad",
    build: () => grad(x, [x]),
    expected: /a scalar to differentiate/,
    received: /\[2, 3\]/,
  },
  "the gradient of an index": {
    op: "grad",
    build: () => grad(x.flatten().argMax(), [x]),
    expected: /a float to differentiate/,
    code: "dtype-mismatch",
  },
  "a seed of another shape": {
    op: "grad",
    build: () => grad(x, [x], tensor([3, 2])),
    expected: /a seed of float32 \[2, 3\]/,
  },
  "a stand-in of another shape": {
    op: "substitute",
    build: () => substitute([x.mul(2)], new Map([[x, tensor([3, 2])]])),
    expected: /a stand-in of float32 \[2, 3\]/,
  },
  "a ragged constant": {
    op: "constant",
    build: () => constant([[1, 2], [3]]),
    expected: /equal length/,
    received: /rows of different/,
  },
  "a constant of rows that only add up": {
    op: "constant",
    build: () => constant([[1, 2], [3, 4, 5], [6]]),
    expected: /equal length/,
    received: /rows of different/,
  },
  "a constant of another size": {
    op: "constant",
    build: () => constant([1, 2], { shape: [3] }),
    expected: /3 numbers/,
    received: /^2$/,
  },
  "a negative size": {
    op: "input",
    build: () => tensor([-1, 3]),
    expected: /whole numbers from 0/,
    received: /\[-1, 3\]/,
  },
  "a name that is none": {
    op: "input",
    build: () => tensor(["batch size"]),
    expected: /names such as batch/,
    received: /batch size/,
  },
  "an input without a name": {
    op: "input",
    build: () => input("", "float32", []),
    expected: /a name/,
    received: /empty/,
  },
  "half an element": {
    op: "random",
    build: () => randomTensor({ kind: "normal" }, [0.5]),
    expected: /whole numbers/,
    received: /0\.5/,
  },
};

describe("mistakes are errors when the graph is built, as data", () => {
  test.each(Object.entries(mistakes))("%s", (_, { op, build, expected, received, code = "shape-mismatch" }) => {
    const error = caught(build);
    expect(error.where).toMatch(new RegExp(`^${op} \\(at .*errors\\.test\\.ts:\\d+:\\d+\\)$`));
    expect(error.expected).toMatch(expected);
    expect(error.received).toMatch(received ?? /(float32|float64|int64|bool|uint8) \[/);
    expect(error.remedy).not.toBe("");
    expect(error.code).toBe(code);
    expect(error.message).toBe(
      `${error.where}: expected ${error.expected}, received ${error.received}; ${error.remedy}`,
    );
  });
});

test("the line is the user's, also from deep inside Simile", () => {
  const lineOf = (text: string) => Number(/errors\.test\.ts:(\d+):/.exec(text)?.[1]);
  const here = lineOf(new Error().stack ?? "");
  const direct = caught(() => x.add(tensor([4])));
  expect(lineOf(direct.where)).toBe(here + 1);
  const composed = caught(() => x.softmax().logSumExp({ axes: 5 }));
  expect(lineOf(composed.where)).toBe(here + 3);
  const recursive = (depth: number): unknown => (depth === 0 ? x.matmul(x) : recursive(depth - 1));
  expect(lineOf(caught(() => recursive(40)).where)).toBe(here + 5);
});
