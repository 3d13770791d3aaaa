import {
  broadcastShapes,
  type Dim,
  failWith,
  inferTypes,
  mismatch,
  multiplyDims,
  type Op,
  type Tensor,
} from "../graph/index.js";
import { checkTypes, methods, numbers, simple } from "./define.js";
import { mul } from "./elementwise.js";
import { reshape, transpose, unsqueeze } from "./movement.js";
import { sum } from "./reduce.js";

const matmulOp: Op = {
  name: "matmul",
  infer: ([a, b]) => {
    const dtype = checkTypes([a!, b!], numbers);
    if (a!.shape.length < 2 || b!.shape.length < 2) throw mismatch("two or more axes", "unsqueeze a vector first");
    const [rows, inner] = a!.shape.slice(-2) as [Dim, Dim];
    const [matching, columns] = b!.shape.slice(-2) as [Dim, Dim];
    if (inner !== matching)
      throw mismatch(
        `inner sizes that agree (${inner} and ${matching} do not)`,
        "transpose one of them, or project it first",
      );
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    if (batch === undefined) throw mismatch("leading axes that broadcast", "reshape one of them");
    return [{ dtype, shape: [...batch, rows, columns] }];
  },
  gradient: ({ inputs: [a, b], gradients: [g] }) => {
    if (g === undefined) return [];
    // Of a factor that was transposed, what is wanted in the end is the transposed gradient: making it so saves a pass.
    const ofA = isTransposed(a!) ? transpose(matmul(b!, transpose(g))) : matmul(g, transpose(b!));
    const ofB = isTransposed(b!) ? transpose(matmul(transpose(g), a!)) : matmul(transpose(a!), g);
    return [ofA, ofB];
  },
  contracts: true,
  lower: (emit, inputs, node) => {
    const { shape, dtype } = node.outputs[0]!;
    // ONNX Runtime gets the shape of some empty products wrong.
    const isEmpty = [...shape, node.inputs[0]!.shape.at(-1)].includes(0);
    if (isEmpty) return [emit.add("Expand", [emit.scalar(0, dtype), emit.shape(shape)])];
    return [emit.add("MatMul", inputs)];
  },
};

/** Whether x is another tensor with its last two axes exchanged. */
function isTransposed({ node, rank }: Tensor): boolean {
  const { permutation } = node.attributes as { permutation?: readonly number[] };
  if (node.op.name !== "transpose" || permutation === undefined) return false;
  const exchanged = [...permutation.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  return exchanged.every((axis, i) => permutation[i] === axis);
}

/** Matrix product of the last two axes; leading axes broadcast. [..., n, k] and [..., k, m] give [..., n, m]. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  // A shared right factor makes one large product instead of a batch of small ones.
  if (a.rank > 2 && b.rank === 2) {
    inferTypes(matmulOp, [a, b], {});
    const rows = reshape(a, [multiplyDims(...a.shape.slice(0, -1)), a.shape[a.rank - 1] as Dim]);
    return reshape(simple(matmulOp, rows, b), [...a.shape.slice(0, -1), b.shape[1] as Dim]);
  }
  const shared = sharedLeft(a, b);
  if (shared === undefined) return simple(matmulOp, a, b);
  inferTypes(matmulOp, [a, b], {});
  return transpose(matmul(transpose(b), transpose(shared)));
}

/**
 * The left factor [n, k] of all products of a batch whose size only a run tells: ONNX Runtime refuses to broadcast it
 * over a batch of none, and takes it as a right factor.
 */
function sharedLeft(a: Tensor, b: Tensor): Tensor | undefined {
  const open = b.shape.slice(0, -2).some((size) => typeof size !== "number");
  const leading = a.shape.slice(0, -2);
  if (!open || a.rank > b.rank || leading.some((size) => size !== 1)) return undefined;
  return a.rank === 2 ? a : reshape(a, a.shape.slice(-2));
}

/** Inner product of vectors along the last axis. */
export function dot(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), -1);
}

/**
 * Einstein summation of one or two tensors, such as `einsum("bid,bjd->bij", q, k)`: letters shared by both and absent
 * from the result are summed; no letter may repeat within one tensor.
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  const [terms, result] = parseEinsum(equation, tensors);
  const [first, second] = tensors as [Tensor, Tensor?];
  if (second === undefined)
    return permuteTo(
      sumAway(first, terms[0]!, [...result]),
      terms[0]!.filter((l) => result.includes(l)),
      result,
    );
  const [left, right] = terms as [string[], string[]];
  const keep = (own: string[], other: string[]) =>
    own.filter((letter) => other.includes(letter) || result.includes(letter));
  const a = sumAway(first, left, keep(left, right));
  const b = sumAway(second, right, keep(right, left));
  const aLetters = keep(left, right);
  const bLetters = keep(right, left);
  const batch = aLetters.filter((letter) => bLetters.includes(letter) && result.includes(letter));
  const inner = aLetters.filter((letter) => bLetters.includes(letter) && !result.includes(letter));
  const aOnly = aLetters.filter((letter) => !bLetters.includes(letter));
  const bOnly = bLetters.filter((letter) => !aLetters.includes(letter));
  const size = (letters: string[], from: string[], tensor: Tensor) =>
    letters.map((letter) => tensor.shape[from.indexOf(letter)] as Dim);
  const batchSizes = size(batch, aLetters, a);
  const grouped = (tensor: Tensor, from: string[], rows: string[], columns: string[]) =>
    reshape(permuteTo(tensor, from, [...batch, ...rows, ...columns]), [
      ...batchSizes,
      multiplyDims(...size(rows, from, tensor)),
      multiplyDims(...size(columns, from, tensor)),
    ]);
  const product = matmul(grouped(a, aLetters, aOnly, inner), grouped(b, bLetters, inner, bOnly));
  const letters = [...batch, ...aOnly, ...bOnly];
  return permuteTo(
    reshape(product, [...batchSizes, ...size(aOnly, aLetters, a), ...size(bOnly, bLetters, b)]),
    letters,
    result,
  );
}

function einsumProblem(terms: string[][], result: string | undefined, tensors: readonly Tensor[]): string | undefined {
  if (result === undefined || ![...terms.flat(), ...result].every((letter) => /[a-z]/i.test(letter)))
    return "letters and one arrow, such as ij,jk->ik";
  if (terms.length !== tensors.length || terms.length > 2) return "one term for each of one or two tensors";
  if (terms.some((term, i) => term.length !== tensors[i]!.rank || new Set(term).size !== term.length))
    return "one different letter for each axis of each tensor";
  if (new Set(result).size !== result.length || [...result].some((letter) => !terms.flat().includes(letter)))
    return "a result of different letters from the left";
  const [left = [], right = []] = terms;
  const differing = left.find((letter, i) => {
    const axis = right.indexOf(letter);
    return axis >= 0 && tensors[0]!.shape[i] !== tensors[1]!.shape[axis];
  });
  return differing && `equal sizes of axis ${differing} in both tensors`;
}

function parseEinsum(equation: string, tensors: readonly Tensor[]): [string[][], string[]] {
  const [left = "", right, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",").map((term) => [...term]);
  const problem = einsumProblem(terms, more.length > 0 ? undefined : right, tensors);
  if (problem !== undefined) failWith("einsum", tensors, mismatch(problem, "correct the equation"), { equation });
  return [terms, [...(right as string)]];
}

function sumAway(x: Tensor, letters: string[], keep: string[]): Tensor {
  const axes = letters.flatMap((letter, axis) => (keep.includes(letter) ? [] : [axis]));
  return axes.length === 0 ? x : sum(x, { axes });
}

function permuteTo(x: Tensor, from: string[], to: readonly string[]): Tensor {
  return transpose(
    x,
    to.map((letter) => from.indexOf(letter)),
  );
}

/** Outer product of the last axes: [..., n] and [..., m] give [..., n, m]. */
export function outer(a: Tensor, b: Tensor): Tensor {
  return mul(unsqueeze(a, -1), unsqueeze(b, -2));
}

methods({ matmul, dot });

declare module "../graph/tensor.js" {
  interface Tensor {
    matmul(other: Tensor): Tensor;
    dot(other: Tensor): Tensor;
  }
}
