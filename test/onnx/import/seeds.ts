import { convolutionalModel, sequenceModel, transformerModel } from "./models.js";

/** Well-formed models, to be damaged. */
export function seedModels(): Uint8Array[] {
  return [convolutionalModel(), transformerModel(), transformerModel({ decomposed: true }), sequenceModel()];
}
