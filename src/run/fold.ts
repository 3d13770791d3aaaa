import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";

/**
 * The same model with constants computed, and batch normalisations, scales and biases merged into the convolutions before
 * them, in standard operators only: what ONNX Runtime does to every model that it loads.
 */
export async function foldModel(bytes: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "simile-fold-"));
  try {
    const [source, folded] = [join(folder, "model.onnx"), join(folder, "folded.onnx")];
    await writeFile(source, bytes);
    const session = await ort.InferenceSession.create(source, {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "basic",
      optimizedModelFilePath: folded,
      logSeverityLevel: 4,
    });
    await session.release();
    return await readFile(folded);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
