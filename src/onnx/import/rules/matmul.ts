import type { Tensor } from "../../../graph/index.js";
import {
  add,
  arange,
  einsum,
  equal,
  matmul,
  mul,
  reshape,
  squeeze,
  sum,
  transpose,
  unsqueeze,
  where,
} from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";

/** Matrix product; a vector counts as a row on the left and as a column on the right. */
export function product(a: Tensor, b: Tensor): Tensor {
  const [row, column] = [a.rank === 1, b.rank === 1];
  const full = matmul(row ? unsqueeze(a, 0) : a, column ? unsqueeze(b, 1) : b);
  const single = column ? squeeze(full, -1) : full;
  return row ? squeeze(single, column ? -1 : -2) : single;
}

function scaled(x: Tensor, by: number): Tensor {
  return by === 1 ? x : mul(x, by);
}

function applyGemm(call: Call): Tensor {
  const { attributes } = call;
  call.attributes.ignore("broadcast");
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const c = call.optional(2);
  const y = matmul(attributes.flag("transA") ? transpose(a) : a, attributes.flag("transB") ? transpose(b) : b);
  const [alpha, beta] = [attributes.float("alpha", 1), attributes.float("beta", 1)];
  return c === undefined || beta === 0 ? scaled(y, alpha) : add(scaled(y, alpha), scaled(c, beta));
}

/** Axes that an ellipsis stands for, as letters that no equation uses, the same ones counted from the end. */
const OPEN = [..."ΑΒΓΔΕΖΗΘ"];

/** The terms of an equation with letters for every axis, and its result. */
function parseEquation(call: Call, equation: string, tensors: readonly Tensor[]): { terms: string[]; result: string } {
  const [left = "", right] = equation.replaceAll(" ", "").split("->");
  const stated = left.split(",");
  if (stated.length !== tensors.length) call.invalid(`${tensors.length} terms in the equation`, equation);
  const letters = (term: string, count: number) => term.replace("...", OPEN.slice(OPEN.length - count).join(""));
  const counts = stated.map((term, i) => (term.includes("...") ? tensors[i]!.rank - (term.length - 3) : 0));
  const widest = Math.max(0, ...counts);
  if (widest > OPEN.length || counts.some((count) => count < 0)) call.invalid("a term for each axis", equation);
  const terms = stated.map((term, i) => letters(term, counts[i]!));
  const all = stated.join("").replaceAll(/[.,]/g, "");
  const once = [...new Set(all)].filter((letter) => all.split(letter).length === 2).sort();
  return { terms, result: letters(right ?? `...${once.join("")}`, widest) };
}

/** x without the later of two axes with one letter: where they differ, elements do not count. */
function diagonal(call: Call, x: Tensor, term: string): { x: Tensor; term: string } {
  const later = [...term].findIndex((letter, axis) => term.indexOf(letter) < axis);
  if (later < 0) return { x, term };
  const first = term.indexOf(term[later]!);
  const size = x.shape[first]!;
  if (size !== x.shape[later]) call.invalid(`equal sizes of the axes ${term[later]}`, `${x}`);
  const along = (axis: number) =>
    reshape(
      arange(size),
      x.shape.map((_, i) => (i === axis ? size : 1)),
    );
  const summed = sum(where(equal(along(first), along(later)), x, 0), { axes: later });
  return diagonal(call, summed, term.slice(0, later) + term.slice(later + 1));
}

const LATIN = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** The equation in the letters that our einsum knows. */
function renamed(terms: readonly string[], result: string): string {
  const used = [...new Set(terms.join(""))];
  const letter = (old: string) => LATIN[used.indexOf(old)] ?? "?";
  return `${terms.map((term) => [...term].map(letter).join("")).join(",")}->${[...result].map(letter).join("")}`;
}

function applyEinsum(call: Call): Tensor {
  const given = call.tensors;
  const equation = parseEquation(call, call.attributes.string("equation"), given);
  if (equation.terms.some((stated, i) => stated.length !== given[i]!.rank))
    call.invalid("a letter for each axis", equation.terms.join());
  const single = equation.terms.map((stated, i) => diagonal(call, given[i]!, stated));
  const [tensors, terms, { result }] = [single.map(({ x }) => x), single.map((entry) => entry.term), equation];
  let [tensor, term] = [tensors[0]!, terms[0]!];
  for (let i = 1; i < tensors.length; i++) {
    const later = terms.slice(i + 1).join("") + result;
    const kept = [...new Set(term + terms[i]!)].filter((letter) => later.includes(letter)).join("");
    const next = i === tensors.length - 1 ? result : kept;
    tensor = einsum(renamed([term, terms[i]!], next), tensor, tensors[i]!);
    term = next;
  }
  return term === result && tensors.length > 1 ? tensor : einsum(renamed([term], result), tensor);
}

/** Products of matrices, and sums of products by an equation. */
export const matmulRules: RuleTable = {
  MatMul: rule((call) => product(call.tensor(0), call.tensor(1))),
  Gemm: rule(applyGemm),
  Einsum: rule(applyEinsum),
  "com.microsoft.FusedMatMul": rule((call) => {
    const { attributes } = call;
    const turned = (x: Tensor, name: string) => (attributes.flag(name) ? transpose(x) : x);
    if (attributes.flag("transBatchA") || attributes.flag("transBatchB")) call.refuse("no transBatch", "one");
    const y = matmul(turned(call.tensor(0), "transA"), turned(call.tensor(1), "transB"));
    return scaled(y, attributes.float("alpha", 1));
  }),
};
