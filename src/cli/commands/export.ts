import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SimileError } from "../../errors/index.js";
import { exportPrecision, type Precision, precisions, runFiles } from "../../train/index.js";
import type { ModelCommandOptions } from "../embedding.js";
import { createOutput, percent, table } from "../output.js";

/** Flags of `simile export`. */
export interface ExportCommandOptions extends ModelCommandOptions {
  readonly precision: string;
  readonly calibration?: string;
  readonly data?: string;
  readonly out?: string;
}

function isPrecision(name: string): name is Precision {
  return (precisions as readonly string[]).includes(name);
}

/** `model.int8.onnx` beside `model.onnx`. */
async function besideModel(run: string, precision: Precision): Promise<string> {
  const isFolder = (await stat(run).catch(() => undefined))?.isDirectory() ?? false;
  const model = isFolder ? join(run, runFiles.model) : run;
  return `${model.replace(/\.onnx$/, "")}.${precision}.onnx`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toPrecision(3)} MB`;
}

/** Writes a model in a smaller form, and shows what retrieval loses by it. */
export async function exportCommand(run: string, options: ExportCommandOptions): Promise<number> {
  const { precision, json = false } = options;
  if (!isPrecision(precision)) {
    throw new SimileError({
      code: "wrong-arguments",
      where: "--precision",
      expected: `one of ${precisions.join(", ")}`,
      received: precision,
      remedy: "the model.onnx of a run is float32 already",
    });
  }
  const output = createOutput(json);
  const report = await exportPrecision(run, {
    ...(options.calibration !== undefined && { calibration: options.calibration }),
    ...(options.data !== undefined && { data: options.data }),
    precision,
    device: options.device,
    out: options.out ?? (await besideModel(run, precision)),
    onProgress: (what, done, total) => output.status(`${what}: ${done} of ${total}`),
  });
  const rows = [
    { name: "float32", ...report.float32 },
    { name: precision, bytes: report.bytes, scores: report.scores },
  ].map(({ name, bytes, scores }) => [
    name,
    megabytes(bytes),
    ...["R@1", "MAP@R"].map((metric) => percent(scores[metric] ?? Number.NaN)),
  ]);
  const text = [
    `measured on ${report.items} items of ${report.data}; embeddings agree to a mean cosine of ${report.agreement.toFixed(4)}`,
    table(["", "size", "R@1", "MAP@R"], rows),
    `wrote ${report.file}`,
  ];
  output.result(report, text.join("\n"));
  return 0;
}
