import { broadcast, build } from "./array.js";
import type { Rule, Rules } from "./rule.js";

const matmul: Rule = ([a, b]) => {
  const [rows, inner] = a!.shape.slice(-2) as [number, number];
  const columns = b!.shape.at(-1)!;
  const batch = broadcast([a!.shape.slice(0, -2), b!.shape.slice(0, -2)]);
  const shape = [...batch, rows, columns];
  // A matrix whose batch axes broadcast, read at [...batch, row, column].
  const entry = (values: typeof a, lead: readonly number[], row: number, column: number) => {
    const own = lead.slice(lead.length - (values!.shape.length - 2));
    const batchIndex = values!.shape.slice(0, -2).map((size, axis) => (size === 1 ? 0 : own[axis]!));
    return values!.data[
      [...batchIndex, row, column].reduce((flat, place, axis) => flat * values!.shape[axis]! + place, 0)
    ]!;
  };
  return [
    build(shape, (index) => {
      const lead = index.slice(0, -2);
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += entry(a, lead, index.at(-2)!, k) * entry(b, lead, k, index.at(-1)!);
      return sum;
    }),
  ];
};

export const matmulRules: Rules = { matmul };
