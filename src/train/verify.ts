import { SimileError } from "../errors/index.js";
import { openModelFile, type Program } from "../run/index.js";
import type { InputSource } from "./inputs.js";

/** Items whose embeddings are compared. */
const ITEMS = 32;
/** Largest difference of one number, in units of the largest of all: float32 summed in another order differs by less. */
const TOLERANCE = 1e-4;

/** What {@link verifyExport} compares an exported file with. */
export interface ExportReference {
  /** From inputs `x` to `embedding`, as training has it. */
  readonly embedding: Program;
  readonly source: InputSource;
  /** Items to compare on; the first few are taken. */
  readonly items: Int32Array;
}

/** Largest difference between two lists of numbers, in units of the largest number of the first. */
function relativeDifference(expected: Float32Array, received: Float32Array): number {
  if (expected.length !== received.length) return Number.POSITIVE_INFINITY;
  let [largest, difference] = [0, 0];
  expected.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    const apart = Math.abs(value - received[i]!);
    // A number against none counts as far apart; Math.max would give NaN, which is larger than nothing.
    difference = Math.max(difference, Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart);
  });
  return difference === 0 ? 0 : difference / largest;
}

/** Throws `export-differs` unless the exported file gives real items the embeddings that the training program gives them. */
export async function verifyExport(
  bytes: Uint8Array,
  { embedding: program, source, items }: ExportReference,
): Promise<void> {
  const file = await openModelFile(bytes);
  try {
    const { kind } = source.input;
    for await (const { x } of source.plain([items.slice(0, ITEMS)])) {
      const expected = (await program.run({ x })).embedding!.data as Float32Array;
      const shape =
        source.input.kind === "image" ? [source.input.size, source.input.size, 3] : [source.input.dimension];
      const received = await file.run({ [kind]: { data: x, shape: [Math.min(ITEMS, items.length), ...shape] } });
      const difference = relativeDifference(expected, received.embedding!.data as Float32Array);
      if (difference > TOLERANCE) throw exportDiffers(difference);
    }
  } finally {
    await file.release();
  }
}

function exportDiffers(difference: number): SimileError {
  return new SimileError({
    code: "export-differs",
    where: "model.onnx",
    expected: `the embeddings of the training program, to ${TOLERANCE} of the largest number`,
    received: `a difference of ${difference.toPrecision(3)}`,
    remedy: "nothing was written; the run's checkpoints are whole, so please report this with its config.yaml",
  });
}
