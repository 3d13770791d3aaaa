import { classIndex, type Dataset } from "../data/index.js";
import { type Fold, foldsByClass, splitByClass } from "../data/splits.js";
import { SimileError } from "../errors/index.js";
import type { NumericArray, Parameter } from "../graph/index.js";
import { Random } from "../rng/index.js";
import {
  createRun,
  type Pictures,
  type PreparedData,
  type Run,
  scorePart,
  stepRun,
  summarise,
  type TrainConfig,
  viewedBatches,
} from "../train/index.js";

/** A data set divided once for all methods: no class is in two of the parts. */
export interface Division {
  readonly dataset: Dataset;
  /** Class of each item. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  /** Items to train on and to validate on, a fold each. */
  readonly folds: readonly Fold[];
  /** Items of the test classes. Nothing but the final scoring may look at them. */
  readonly test: Int32Array;
}

/** The data's own split where its test classes are new, else the last half of the classes as test; then folds of classes. */
export function divide(dataset: Dataset, folds: number, seed: number): Division {
  const { classes, labels } = classIndex(dataset.items);
  const [trainval, test] = ownHalves(dataset, labels) ?? splitByClass(labels, [0.5, 0.5]);
  const own = trainval!.map((item) => labels[item]!);
  const known = new Set(own).size;
  if (known < 2 * folds || test!.length < 2) {
    throw new SimileError({
      code: "too-few-classes",
      where: dataset.name,
      expected: `at least two classes in each of ${folds} folds, and a test half`,
      received: `${known} classes to train and validate on, ${new Set(test!.map((item) => labels[item]!)).size} to test on`,
      remedy: "use fewer folds, or more classes",
    });
  }
  const items = (positions: Int32Array) => positions.map((at) => trainval![at]!);
  const parts = foldsByClass(own, folds, new Random(seed).fork("folds"));
  return {
    dataset,
    labels,
    classes,
    folds: parts.map(({ train, held }) => ({ train: items(train), held: items(held) })),
    test: test!,
  };
}

function ownHalves({ items }: Dataset, labels: Int32Array): [Int32Array, Int32Array] | undefined {
  const all = Int32Array.from(labels.keys());
  const test = all.filter((item) => items[item]!.split === "test");
  const rest = all.filter((item) => items[item]!.split !== "test");
  const tested = new Set(test.map((item) => labels[item]!));
  const isNew = rest.every((item) => !tested.has(labels[item]!));
  return test.length > 0 && rest.length > 0 && isNew ? [rest, test] : undefined;
}

/** One fold as training takes it; its test part is empty. */
function preparedFold({ dataset, labels, classes, folds }: Division, fold: number): PreparedData {
  const { train, held } = folds[fold]!;
  const parts = { train, validation: held, test: new Int32Array(0) };
  const trained = train.map((item) => labels[item]!);
  const ids = [...new Set(trained)].sort((a, b) => a - b);
  const position = new Map(ids.map((id, index) => [id, index]));
  return {
    dataset,
    parts,
    labels,
    classes,
    trainClasses: ids.map((id) => classes[id]!),
    trainLabels: trained.map((id) => position.get(id)!),
    drawn: train,
    summary: summarise(dataset, parts, labels, classes, []),
  };
}

/** How the validation score of a training went. */
export type Course = readonly { readonly step: number; readonly value: number }[];

/** A network trained on one fold, at its best on the validation classes. */
export interface TrainedFold {
  readonly run: Run;
  readonly course: Course;
  readonly best: { readonly step: number; readonly value: number };
}

/** The score that chooses the best step and the best setting. */
export const OBJECTIVE = "MAP@R";

/** Trains on one fold and goes back to the step that was best on its validation classes. Release its programs in the end. */
export async function trainFold(
  config: TrainConfig,
  division: Division,
  fold: number,
  pictures: Pictures,
): Promise<TrainedFold> {
  const run = await createRun(config, "", preparedFold(division, fold), pictures);
  try {
    const course: { step: number; value: number }[] = [];
    let kept: ReadonlyMap<Parameter, NumericArray> | undefined;
    let best = { step: 0, value: Number.NEGATIVE_INFINITY };
    const validate = async (step: number) => {
      const value = (await scorePart(run, "validation")).scored.scores[OBJECTIVE] ?? Number.NaN;
      course.push({ step, value });
      if (!(value > best.value)) return;
      best = { step, value };
      kept = copyOf(run);
    };
    await validate(0);
    let step = 0;
    const batches = run.source.training(viewedBatches(run), run.random.fork("augmentation"), 0);
    if (config.steps > 0) {
      for await (const { x } of batches) {
        const { loss } = await stepRun(run, x, step++);
        if (!Number.isFinite(loss)) throw diverged(step, loss);
        if (step % config.validation.every === 0 || step === config.steps) await validate(step);
        if (step >= config.steps) break;
      }
    }
    for (const [parameter, values] of kept ?? []) run.trainer.variables.assign(parameter, values);
    return { run, course, best };
  } catch (error) {
    await releaseRun(run);
    throw error;
  }
}

/** Gives the sessions of a run back. */
export async function releaseRun(run: Run): Promise<void> {
  await run.embedding.release();
  await run.trainer.release();
}

function copyOf({ trainer: { variables } }: Run): Map<Parameter, NumericArray> {
  return new Map(variables.entries().map(([, parameter]) => [parameter, variables.value(parameter).slice()]));
}

function diverged(step: number, loss: number): SimileError {
  return new SimileError({
    code: "diverged",
    where: `step ${step}`,
    expected: "a finite loss",
    received: `${loss}`,
    remedy: "lower the learning rate",
  });
}
