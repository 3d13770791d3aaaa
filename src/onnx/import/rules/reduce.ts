import type { Tensor } from "../../../graph/index.js";
import {
  abs,
  argMax,
  argMin,
  cast,
  cumSum,
  exp,
  flip,
  log,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  mul,
  oneHot,
  prod,
  reshape,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  topK,
  transpose,
} from "../../../ops/index.js";
import { type Call, type OpRule, type RuleTable, rule } from "../call.js";

type Over = { readonly axes: readonly number[]; readonly keepAxes: boolean };

/** A reduction over the axes that an attribute (older opsets) or an input names; none named means all, or no reduction. */
function reduction(reduce: (x: Tensor, over: Over) => Tensor): OpRule {
  return rule(
    (call) => {
      const x = call.tensor(0);
      const named = call.integers("axes", 1) ?? [];
      const keepAxes = call.attributes.flag("keepdims", true);
      const isIdle = call.attributes.flag("noop_with_empty_axes") && named.length === 0;
      const all = isIdle ? [] : x.shape.map((_, axis) => axis);
      return reduce(x, { axes: named.length > 0 ? call.axes(named, x.rank) : all, keepAxes });
    },
    { settings: [1] },
  );
}

/** An extremum, of booleans too. */
function extremum(apply: typeof max): OpRule {
  return reduction((x, over) =>
    x.dtype === "bool" || x.dtype === "uint8" ? cast(apply(cast(x, "int64"), over), x.dtype) : apply(x, over),
  );
}

/** Mean of whole numbers too, cut towards zero. */
function meanOver(x: Tensor, over: Over): Tensor {
  return x.dtype === "int64" ? cast(mean(cast(x, "float64"), over), "int64") : mean(x, over);
}

/** The sum of squares under a root, of whole numbers by way of floats. */
function euclidean(x: Tensor, over: Over): Tensor {
  return x.dtype === "int64" ? cast(sqrt(sum(square(cast(x, "float64")), over)), "int64") : sqrt(sum(square(x), over));
}

function indexRule(find: typeof argMax): OpRule {
  return rule((call) => {
    const x = call.tensor(0);
    const axis = call.axis(call.attributes.int("axis", 0), x.rank);
    const keep = call.attributes.flag("keepdims", true);
    if (!call.attributes.flag("select_last_index")) return find(x, axis, keep);
    return sub(call.sizes(0, [axis])[0]! - 1, find(flip(x, axis), axis, keep));
  });
}

/** Before opset 13 all axes from `axis` on count as one; since then `axis` stands alone. */
function alongAxis(apply: (x: Tensor, axis: number) => Tensor): OpRule {
  return rule((call) => {
    const x = call.tensor(0);
    const newer = call.opset >= 13;
    const axis = call.axis(call.attributes.int("axis", newer ? -1 : 1), Math.max(x.rank, 1));
    if (newer || axis === x.rank - 1) return apply(x, axis);
    const rest = x.shape.slice(axis);
    const joined = rest.every((dim) => typeof dim === "number") ? -1 : rest.reduce((a, b) => `${a}*${b}`);
    return reshape(apply(reshape(x, [...x.shape.slice(0, axis), joined]), axis), x.shape);
  });
}

/** 1 at the first largest element, else 0. */
function hardmax(x: Tensor, axis: number): Tensor {
  const order = x.shape.map((_, i) => i);
  const [last, moved] = [x.rank - 1, [...order.slice(0, axis), ...order.slice(axis + 1), axis]];
  const rows = transpose(x, moved);
  const back = order.map((i) => (i < axis ? i : i === axis ? last : i - 1));
  return transpose(oneHot(argMax(rows, last), rows.shape[last]!, x.dtype), back);
}

function applyTopK(call: Call): Tensor[] {
  const { attributes } = call;
  const x = call.tensor(0);
  const axis = call.axis(attributes.int("axis", -1), x.rank);
  attributes.ignore("sorted");
  const k = attributes.has("k") ? attributes.int("k") : call.known(1).data[0];
  if (k === undefined) return call.invalid("a number k", "none");
  const { values, indices } = topK(x, k, { axis, largest: attributes.flag("largest", true) });
  return [values, indices];
}

function applyCumSum(call: Call): Tensor {
  const x = call.tensor(0);
  const { attributes } = call;
  const options = { exclusive: attributes.flag("exclusive"), reverse: attributes.flag("reverse") };
  return cumSum(x, call.axis(call.number(1), x.rank), options);
}

/** What joins or ranks the elements along axes. */
export const reduceRules: RuleTable = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction(meanOver),
  ReduceMax: extremum(max),
  ReduceMin: extremum(min),
  ReduceProd: reduction(prod),
  ReduceL1: reduction((x, over) => sum(abs(x), over)),
  ReduceL2: reduction(euclidean),
  ReduceLogSum: reduction((x, over) => log(sum(x, over))),
  ReduceLogSumExp: reduction((x, over) =>
    x.dtype === "int64" ? cast(log(sum(exp(cast(x, "float64")), over)), "int64") : logSumExp(x, over),
  ),
  ReduceSumSquare: reduction((x, over) => sum(mul(x, x), over)),
  ArgMax: indexRule(argMax),
  ArgMin: indexRule(argMin),
  Softmax: alongAxis(softmax),
  LogSoftmax: alongAxis(logSoftmax),
  Hardmax: alongAxis(hardmax),
  TopK: rule(applyTopK, { settings: [1] }),
  CumSum: rule(applyCumSum, { settings: [1] }),
};
