import type { Dim, Tensor } from "../graph/index.js";
import { lowerTriangle, matmul, softmax, split, squeeze, transpose, where } from "../ops/index.js";
import { checkDivides } from "./checks.js";
import { treeOf } from "./compose.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { type Layer, layer } from "./layer.js";

/** Score of a pair that may not attend: far below any other, yet finite, so that a row of such pairs stays a number. */
const FORBIDDEN = -1e30;

/**
 * softmax(query key^T / sqrt(d)) value (Vaswani et al., NeurIPS 2017, eq. 1).
 *
 * query [..., T, d], key and value [..., S, d]; bool `mask`, true where a query may attend, broadcasts to [..., T, S].
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, transform = (weights) => weights }: { mask?: Tensor; transform?: (weights: Tensor) => Tensor } = {},
): Tensor {
  const scale = 1 / Math.sqrt(query.shape[query.rank - 1] as number);
  const scores = matmul(query.mul(scale), transpose(key));
  return matmul(transform(softmax(mask ? where(mask, scores, FORBIDDEN) : scores)), value);
}

/** Settings of {@link multiHeadAttention}. */
export interface AttentionOptions {
  /** Number of heads; must divide the dimension. Default 8. */
  readonly heads?: number;
  /** Share of attention weights dropped in training. Default 0. */
  readonly dropout?: number;
  /** Whether a token sees only itself and those before it. Default false. */
  readonly causal?: boolean;
}

/** Multi-head self-attention (Vaswani et al., NeurIPS 2017, section 3.2.2): [N, T, dimension] -> the same shape. */
export function multiHeadAttention(
  dimension: number,
  { heads = 8, dropout: rate = 0, causal = false }: AttentionOptions = {},
): Layer {
  checkDivides("multiHeadAttention.heads", heads, dimension, "choose heads that divide the dimension");
  const parts = { input: dense(dimension, 3 * dimension), output: dense(dimension, dimension) };
  const drop = dropout(rate);
  return layer("attention", treeOf(parts), (x, ctx) => {
    const [batch, tokens] = x.shape as readonly [Dim, Dim];
    const all = parts.input.apply(x, ctx).reshape([batch, tokens, 3, heads, dimension / heads]);
    const [query, key, value] = split(transpose(all, [2, 0, 3, 1, 4]), 3).map((part) => squeeze(part, 0));
    const attended = scaledDotProductAttention(query!, key!, value!, {
      ...(causal && { mask: lowerTriangle(tokens) }),
      transform: (weights) => drop.apply(weights, ctx),
    });
    return parts.output.apply(attended.transpose([0, 2, 1, 3]).reshape([batch, tokens, dimension]), ctx);
  });
}
