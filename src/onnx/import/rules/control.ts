import { randomTensor, sameShape, type Tensor } from "../../../graph/index.js";
import { div, mul, onesLike, reshape, stopGradient, where } from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";
import type { Value } from "../value.js";

/** Drops values in training when statistics are not frozen; otherwise it is the identity. */
function applyDropout(call: Call): (Tensor | Value)[] {
  const ratio = call.attributes.has("ratio") ? call.attributes.float("ratio") : call.number(1, 0.5);
  call.attributes.ignore("seed");
  const x = call.value(0);
  const all = () => onesLike(x.tensor).cast("bool");
  if (call.around.learning === undefined || ratio <= 0 || ratio >= 1) return withMask(call, x, all);
  const keep = randomTensor({ kind: "bernoulli", probability: 1 - ratio }, x.tensor.shape).cast(x.tensor.dtype);
  return withMask(call, div(mul(x.tensor, stopGradient(keep)), 1 - ratio), () => keep.cast("bool"));
}

function withMask(call: Call, y: Tensor | Value, mask: () => Tensor): (Tensor | Value)[] {
  return call.node.output.length > 1 ? [y, mask()] : [y];
}

/** The branch that a condition known when the graph is built chooses; otherwise both, and the condition picks. */
function applyIf(call: Call): readonly (Tensor | Value)[] {
  const otherwise = call.attributes.graph("else_branch");
  const then = call.attributes.graph("then_branch");
  const known = call.value(0).fixed?.data[0];
  if (known !== undefined) return call.around.run(known === 0 ? otherwise : then);
  const condition = reshape(call.tensor(0), []);
  const [yes, no] = [call.around.run(then), call.around.run(otherwise)];
  return yes.map((value, i) => {
    const [a, b] = [value.tensor, no[i]?.tensor ?? call.invalid("as many outputs in both branches", `${no.length}`)];
    if (a.dtype === b.dtype && a.dtype !== "bool" && sameShape(a.shape, b.shape)) return where(condition, a, b);
    const remedy = "give the input that decides as a constant";
    return call.refuse("branches of the same shape, or a condition that is known", `${a} and ${b}`, remedy);
  });
}

/** What chooses or passes on. */
export const controlRules: RuleTable = {
  Identity: rule((call) => call.value(0)),
  Dropout: rule(applyDropout, { settings: [1, 2] }),
  If: rule(applyIf),
};
