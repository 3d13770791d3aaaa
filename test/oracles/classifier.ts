import type { OracleBatch } from "../laws/loss.js";
import { average, total } from "./vectors.js";

/** Mean cross entropy of a batch, given the logits of each query (the label of which is known). */
export function crossEntropyOf(
  { query, labels }: OracleBatch,
  logits: (query: readonly number[], label: number) => number[],
): number {
  return average(
    query.map((q, i) => {
      const values = logits(q, labels[i]!);
      return Math.log(total(values.map(Math.exp))) - values[labels[i]!]!;
    }),
  );
}

/** psi(theta) = (-1)^k cos(m theta) - 2 k, k the piece of width pi / m in which the angle lies. */
export function multipliedAngle(cosine: number, m: number): number {
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const k = Math.min(m - 1, Math.floor((angle * m) / Math.PI));
  return (-1) ** k * Math.cos(m * angle) - 2 * k;
}
