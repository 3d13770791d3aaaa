/**
 * Does fine-tuning a pretrained ONNX model pay? Measured on classes that were never trained on:
 * `npx tsx bench/fine-tune.ts --model MODEL.onnx [--data cars196] [--size 128] [--seeds 3] [--out results.json]`.
 *
 * Compares, on the whole test part, the model's features as they are, a linear head trained on these features (computed
 * once, without random changes), and the same head with the model's last stage learning as well. Then the first fine-tuned
 * model is exported in each smaller form, with what that costs. Settings were chosen on validation classes taken from the
 * training part; test classes are scored once a run.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileAtomic } from "../src/data/atomic.js";
import { openDataset } from "../src/data/index.js";
import { writeParquetVectors } from "../src/data/tables/index.js";
import { SimileError } from "../src/errors/index.js";
import { Random } from "../src/rng/index.js";
import { Variables } from "../src/run/index.js";
import { meanInterval } from "../src/stats/index.js";
import { compileEmbedding, embedItems } from "../src/train/evaluation.js";
import {
  exportPrecision,
  type PrecisionReport,
  precisions,
  readConfig,
  type Scores,
  type TrainConfig,
  train,
} from "../src/train/index.js";
import { createInputs, createPictures } from "../src/train/inputs.js";
import { createModel } from "../src/train/model.js";
import { backboneFiles } from "../src/train/pretrained/options.js";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    data: { type: "string", default: "cars196" },
    size: { type: "string", default: "128" },
    seeds: { type: "string", default: "3" },
    "head-steps": { type: "string", default: "300" },
    "stage-steps": { type: "string", default: "150" },
    out: { type: "string" },
  },
});
const METRICS = ["R@1", "MAP@R"] as const;
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const began = Date.now();

function status(text: string): void {
  process.stderr.write(`${((Date.now() - began) / 60_000).toFixed(1).padStart(5)} min  ${text}\n`);
}

/** What both ways of training share. */
const shared = { head: { dimension: 512 }, batchSize: 48, sampler: { name: "m-per-class", samplesPerClass: 4 } };

async function trainOnce(config: TrainConfig, folder: string, what: string) {
  let told = Date.now();
  for await (const event of train(config, { folder })) {
    if (event.type === "step" && Date.now() - told > 15_000) {
      status(`${what}: step ${event.step} of ${config.steps}, loss ${event.loss.toFixed(4)}`);
      told = Date.now();
    }
    if (event.type === "test") {
      status(`${what}: ${METRICS.map((metric) => `${metric} ${percent(event.trained[metric]!)}`).join(", ")}`);
      return { trained: event.trained, baselines: event.baselines };
    }
  }
  throw new Error(`${what} was not tested`);
}

/** Features of every item as the model was found, in a table that can be trained on. */
async function writeFeatures(config: TrainConfig, path: string): Promise<void> {
  const dataset = await openDataset(config.data);
  const pictures = createPictures(config);
  const source = createInputs(dataset, pictures);
  const model = createModel(config, source.input, await backboneFiles(config));
  const variables = new Variables();
  variables.add({ model: model.parameters }, new Random(0));
  const program = await compileEmbedding(model, variables, new Map(), {}, "features");
  const all = Int32Array.from(dataset.items.keys());
  const rows = await embedItems(program, { dimension: model.featureSize }, source, all);
  await program.release();
  await pictures.store.close();
  await writeParquetVectors(path, {
    vectors: rows.data,
    dimension: rows.dimension,
    names: dataset.items.map(({ name }) => name),
    labels: dataset.items.map(({ label }) => label),
    splits: dataset.items.map(({ split = "" }) => split),
  });
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Mean over seeds with its 95 % interval. */
function summary(runs: readonly Scores[], metric: string): string {
  const { value, low, high } = meanInterval(runs.map((scores) => scores[metric]!));
  return runs.length < 2 ? percent(value) : `${percent(value)} (${percent(low)} to ${percent(high)})`;
}

async function measure(modelFile: string, folder: string) {
  const pictured = { data: values.data, backbone: modelFile, image: { size: Number(values.size) }, ...shared };
  const features = join(folder, "features.parquet");
  status("computing the frozen features of every picture once");
  await writeFeatures(await readConfig(pictured), features);
  const head: Scores[] = [];
  const stage: Scores[] = [];
  let frozen: Scores | undefined;
  for (const seed of seeds) {
    const alone = { ...shared, data: features, seed, backbone: { name: "mlp", hidden: [] } };
    const headSteps = Number(values["head-steps"]);
    const onFeatures = await readConfig({ ...alone, steps: headSteps, validation: { every: 50 } });
    head.push((await trainOnce(onFeatures, join(folder, `head-${seed}`), `head only, seed ${seed}`)).trained);
    const stageSteps = Number(values["stage-steps"]);
    const learning = { freeze: "stages:-1", backboneMultiplier: 0.3, validation: { every: 50 } };
    const tuned = { ...pictured, ...learning, seed, steps: stageSteps };
    const run = await trainOnce(await readConfig(tuned), join(folder, `stage-${seed}`), `last stage, seed ${seed}`);
    stage.push(run.trained);
    frozen ??= run.baselines["frozen features"]!;
  }
  return { frozen: frozen!, head, stage };
}

/** The first fine-tuned model in every smaller form. */
async function measureExports(folder: string): Promise<PrecisionReport[]> {
  const reports: PrecisionReport[] = [];
  for (const precision of precisions) {
    reports.push(await exportPrecision(join(folder, "stage-1"), { precision, out: join(folder, `${precision}.onnx`) }));
    status(`exported in ${precision}`);
  }
  return reports;
}

function scoreTable({ frozen, head, stage }: Awaited<ReturnType<typeof measure>>): string {
  const row = (name: string, runs: readonly Scores[]) =>
    `| ${name} | ${METRICS.map((metric) => summary(runs, metric)).join(" | ")} |`;
  const rows = [row("frozen features", [frozen]), row("head only", head), row("head and last stage", stage)];
  return ["| | R@1 | MAP@R |", "| --- | --- | --- |", ...rows].join("\n");
}

function exportTable(reports: readonly PrecisionReport[]): string {
  const row = (name: string, bytes: number, scores: Scores, agreement: number) => {
    const shown = METRICS.map((metric) => `${(100 * scores[metric]!).toFixed(2)} %`).join(" | ");
    return `| ${name} | ${(bytes / 2 ** 20).toFixed(2)} MB | ${shown} | ${agreement.toFixed(4)} |`;
  };
  const { float32 } = reports[0]!;
  return [
    "| export | size | R@1 | MAP@R | mean cosine |",
    "| --- | --- | --- | --- | --- |",
    row("float32", float32.bytes, float32.scores, 1),
    ...reports.map(({ precision, bytes, scores, agreement }) => row(precision, bytes, scores, agreement)),
  ].join("\n");
}

/** Why it cannot be measured here, or undefined. */
async function obstacle(): Promise<string | undefined> {
  if (values.model === undefined) return "give a pretrained model with --model MODEL.onnx";
  try {
    await readConfig({ backbone: values.model });
    await openDataset(values.data);
    return undefined;
  } catch (error) {
    if (error instanceof SimileError) return error.message;
    throw error;
  }
}

const missing = await obstacle();
if (missing !== undefined) {
  console.error(`nothing was measured: ${missing}`);
  process.exitCode = 1;
} else {
  const folder = await mkdtemp(join(tmpdir(), "simile-fine-tune-"));
  try {
    const results = await measure(values.model!, folder);
    console.log(scoreTable(results));
    const save = async (more: object) => {
      if (values.out === undefined) return;
      const seconds = Math.round((Date.now() - began) / 1000);
      await writeFileAtomic(
        values.out,
        `${JSON.stringify({ settings: values, seconds, ...results, ...more }, null, 2)}\n`,
      );
    };
    // Written before the exports as well: what took longest is kept, whatever comes.
    await save({});
    const exports = await measureExports(folder);
    console.log(`\n${exportTable(exports)}`);
    await save({ exports });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
