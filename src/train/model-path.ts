import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SimileError } from "../errors/index.js";
import { runFiles } from "./folder.js";

/** `model.onnx` of a run folder, or the path itself when it is a file. */
export async function modelPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  const file = found?.isDirectory() ? join(path, runFiles.model) : path;
  if (found !== undefined && (await stat(file).catch(() => undefined))) return file;
  throw new SimileError({
    code: "no-model",
    where: file,
    expected: "the folder of a finished training run, or a model.onnx",
    received: "nothing",
    remedy:
      "give the folder that `simile train` printed; an interrupted run has a model once it is finished with --resume",
  });
}
