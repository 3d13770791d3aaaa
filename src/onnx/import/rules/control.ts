import { randomTensor, type Tensor } from "../../../graph/index.js";
import { div, mul, onesLike, stopGradient } from "../../../ops/index.js";
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

/** The branch that a condition known at build time chooses. */
function applyIf(call: Call): readonly Value[] {
  const chosen = call.number(0);
  const branches = [call.attributes.graph("else_branch"), call.attributes.graph("then_branch")] as const;
  return call.around.run(chosen === 0 ? branches[0] : branches[1]);
}

/** What chooses or passes on. */
export const controlRules: RuleTable = {
  Identity: rule((call) => call.value(0)),
  Dropout: rule(applyDropout, { settings: [1, 2] }),
  If: rule(applyIf),
};
