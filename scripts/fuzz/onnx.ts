import { input } from "../../src/graph/index.js";
import { importModel } from "../../src/onnx/index.js";
import { seedModels } from "../../test/onnx/import/seeds.js";
import { damageModel } from "./onnx-damage.js";
import type { FuzzTarget } from "./target.js";

/** Imports a model and rebuilds it on its declared inputs, free sizes given. */
function readModel(bytes: Uint8Array): unknown {
  const model = importModel(bytes, { externalData: () => new Uint8Array(64) });
  const shapes = model.inputs.map(({ name, dtype, shape }) => [
    name,
    input(
      name || "x",
      dtype,
      (shape ?? []).map((size, axis) => (typeof size === "number" || axis === 0 ? size : 8)),
    ),
  ]);
  return model.apply(Object.fromEntries(shapes));
}

/** The ONNX importer. */
export const onnxTarget: FuzzTarget = {
  name: "onnx",
  cases: async () =>
    seedModels().map((sound, i) => ({
      name: `model ${i}`,
      sound,
      damage: (random) => damageModel(sound, random),
      read: async (bytes) => readModel(bytes),
    })),
};
