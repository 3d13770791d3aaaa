import { type DType, formatShape, input, namedParameters, type ParameterTree, type Shape } from "../graph/index.js";
import { context, type Layer } from "./layer.js";

/** Numbers in a tree that are learned, and those that are state or frozen. */
export function countParameters(tree: ParameterTree): { trained: number; fixed: number } {
  const total = { trained: 0, fixed: 0 };
  for (const [, { shape, trainable }] of namedParameters(tree)) {
    total[trainable ? "trained" : "fixed"] += shape.reduce((a, b) => a * b, 1);
  }
  return total;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
    return cells.join("  ").trimEnd();
  });
}

/**
 * A table of a layer's parameters (name, shape, how many numbers, whether learned) with totals and the shape it makes of
 * `inputShape`. `inputType` is int64 for an embedding lookup; default float32.
 */
export function summarize(layer: Layer, inputShape: Shape, inputType: DType = "float32"): string {
  const output = layer.apply(input("x", inputType, inputShape), context());
  const format = (count: number) => count.toLocaleString("en-US");
  const rows = namedParameters(layer.parameters).map(([name, { shape, trainable }]) => [
    name,
    formatShape(shape),
    format(shape.reduce((a, b) => a * b, 1)),
    trainable ? "" : "fixed",
  ]);
  const { trained, fixed } = countParameters(layer.parameters);
  return [
    ...table([["parameter", "shape", "numbers", ""], ...rows]),
    "",
    `${format(trained + fixed)} numbers: ${format(trained)} trained, ${format(fixed)} fixed`,
    `${formatShape(inputShape)} -> ${formatShape(output.shape)}`,
  ].join("\n");
}
