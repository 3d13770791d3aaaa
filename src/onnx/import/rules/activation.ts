import type { Tensor } from "../../../graph/index.js";
import {
  abs,
  add,
  clip,
  div,
  erf,
  expm1,
  gelu,
  greater,
  leakyRelu,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  sub,
  tanh,
  where,
} from "../../../ops/index.js";
import { type Call, type RuleTable, rule, unary } from "../call.js";

/** alpha (e^x - 1) below 0, x above; both branches stay finite. */
function elu(x: Tensor, alpha: number): Tensor {
  return where(greater(x, 0), x, mul(expm1(minimum(x, 0)), alpha));
}

/** {@link elu} of x / alpha times alpha, whose slope is continuous (Barron, 2017). */
function celu(x: Tensor, alpha: number): Tensor {
  return where(greater(x, 0), x, mul(expm1(div(minimum(x, 0), alpha)), alpha));
}

/** x limited to [low, high] by numbers of the file, or by tensors. */
function applyClip(call: Call): Tensor {
  const { attributes } = call;
  const x = call.tensor(0);
  const [low, high] = [attributes.has("min"), attributes.has("max")];
  const raised = low ? maximum(x, attributes.float("min")) : call.has(1) ? maximum(x, call.tensor(1)) : x;
  return high ? minimum(raised, attributes.float("max")) : call.has(2) ? minimum(raised, call.tensor(2)) : raised;
}

function applyPRelu(call: Call): Tensor {
  const [x, slope] = [call.tensor(0), call.tensor(1)];
  return where(greater(x, 0), x, mul(x, slope));
}

/** Gaussian error linear unit, exact or by its tanh approximation (Hendrycks and Gimpel, 2016). */
export function applyGelu(call: Call): Tensor {
  const x = call.tensor(0);
  return call.attributes.choice("approximate", ["none", "tanh"], "none") === "none" ? gelu(x) : geluByTanh(x);
}

/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
export function geluByTanh(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}

function hardSigmoid(x: Tensor, alpha: number, beta: number): Tensor {
  return clip(add(mul(x, alpha), beta), 0, 1);
}

/** x tanh(log(1 + e^x)) (Misra, 2019). */
const mish = (x: Tensor): Tensor => mul(x, tanh(softplus(x)));

function shrink(x: Tensor, bias: number, threshold: number): Tensor {
  const above = greater(x, threshold);
  const below = greater(neg(x), threshold);
  return where(above, sub(x, bias), where(below, add(x, bias), 0));
}

const SELU_ALPHA = 1.6732631921768188;
const SELU_GAMMA = 1.0507010221481323;

/** Functions of one number that networks put between their layers. */
export const activationRules: RuleTable = {
  Relu: unary(relu),
  Sigmoid: unary(sigmoid),
  Tanh: unary(tanh),
  Erf: unary(erf),
  Softplus: unary(softplus),
  Softsign: unary((x) => div(x, add(abs(x), 1))),
  Mish: unary(mish),
  HardSwish: unary((x) => mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Gelu: rule(applyGelu),
  Clip: rule(applyClip, { settings: [1, 2] }),
  PRelu: rule(applyPRelu),
  LeakyRelu: unary((x, { attributes }) => leakyRelu(x, attributes.float("alpha", 0.01))),
  Elu: unary((x, { attributes }) => elu(x, attributes.float("alpha", 1))),
  Celu: unary((x, { attributes }) => celu(x, attributes.float("alpha", 1))),
  Selu: unary((x, { attributes }) =>
    mul(elu(x, attributes.float("alpha", SELU_ALPHA)), attributes.float("gamma", SELU_GAMMA)),
  ),
  HardSigmoid: unary((x, { attributes }) =>
    hardSigmoid(x, attributes.float("alpha", 0.2), attributes.float("beta", 0.5)),
  ),
  ThresholdedRelu: unary((x, { attributes }) => where(greater(x, attributes.float("alpha", 1)), x, 0)),
  Shrink: unary((x, { attributes }) => shrink(x, attributes.float("bias", 0), attributes.float("lambd", 0.5))),
  Swish: unary((x, { attributes }) => mul(x, sigmoid(mul(x, attributes.float("alpha", 1))))),
};
