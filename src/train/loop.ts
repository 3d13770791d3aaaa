import { join } from "node:path";
import { SimileError } from "../errors/index.js";
import { saveCheckpoint } from "./checkpoint.js";
import { validationMetric } from "./config.js";
import { diagnoseCollapse, diagnoseLoss, diagnosePlateau, diagnoseUnseen } from "./diagnose.js";
import type { TrainEvent } from "./events.js";
import { runFiles } from "./folder.js";
import type { InputBatch } from "./inputs.js";
import type { Progress } from "./progress.js";
import { type Run, scorePart, stepRun, viewedBatches } from "./run.js";

/** How a loop ended: with a model to be tested, or asked to stop before. */
export type LoopEnd = "done" | "interrupted";

/** The steps of a run from `progress` on, with validations and checkpoints between them. */
export class TrainingLoop {
  private readonly seen: Set<number>;
  private readonly losses: number[] = [];
  private embeddings = new Float32Array(0);
  private lastStepEnd = performance.now();

  constructor(
    private readonly run: Run,
    /** Updated as the run goes on. */
    private readonly progress: Progress,
    /** Seconds of training so far. */
    private readonly elapsed: () => number,
  ) {
    this.seen = new Set(progress.seen);
  }

  async *events(signal: AbortSignal | undefined): AsyncGenerator<TrainEvent, LoopEnd> {
    const { run, progress } = this;
    const { steps, validation } = run.config;
    if (progress.step >= steps || this.hasStalled()) return "done";
    // Vectors are good for something before the first step: a model that only makes them worse is not kept.
    if (progress.step === 0 && run.source.input.kind === "vector") yield* this.validate();
    const augmentation = run.random.fork("augmentation");
    for await (const batch of run.source.training(viewedBatches(run), augmentation, progress.step)) {
      yield* this.step(batch);
      const validating = progress.step % validation.every === 0 || progress.step === steps;
      if (validating) yield* this.validate();
      if (validating || signal?.aborted) yield await this.checkpoint();
      if (progress.step >= steps) break;
      if (this.hasStalled()) {
        const message = `no gain in ${validationMetric(run.config)} on validation for ${progress.waited} validations`;
        yield { type: "stopped", step: progress.step, reason: "no gain", message };
        break;
      }
      if (signal?.aborted) {
        const message = `stopped at step ${progress.step} of ${steps}`;
        yield { type: "stopped", step: progress.step, reason: "interrupted", message };
        return "interrupted";
      }
    }
    const unseen = diagnoseUnseen(this.seen, run.data.trainClasses);
    if (unseen) yield { type: "diagnosis", step: progress.step, ...unseen };
    return "done";
  }

  /** True when validation has not gained for as long as the configuration allows. */
  private hasStalled(): boolean {
    const { patience } = this.run.config.validation;
    return patience > 0 && this.progress.waited >= patience;
  }

  private async *step({ indices, x }: InputBatch): AsyncGenerator<TrainEvent> {
    const { run, progress } = this;
    const { loss, embeddings, labels, learningRate } = await stepRun(run, x, progress.step);
    if (run.data.pairs === undefined) for (const label of labels) this.seen.add(Number(label));
    progress.step++;
    this.losses.push(loss);
    this.embeddings = embeddings as Float32Array<ArrayBuffer>;
    const now = performance.now();
    const itemsPerSecond = (1000 * indices.length) / (now - this.lastStepEnd);
    this.lastStepEnd = now;
    yield { type: "step", step: progress.step, loss, learningRate, itemsPerSecond };
    const broken = diagnoseLoss(loss);
    if (broken === undefined) return;
    yield { type: "diagnosis", step: progress.step, ...broken };
    throw new SimileError({
      code: "diverged",
      where: `step ${progress.step}`,
      expected: "a finite loss",
      received: `${loss}`,
      remedy: broken.remedy,
    });
  }

  /** Looks for trouble, scores the validation part, and keeps the parameters when they are the best so far. */
  private async *validate(): AsyncGenerator<TrainEvent> {
    const { run, progress } = this;
    const problems = [diagnoseCollapse(this.embeddings, run.model.dimension), diagnosePlateau(this.losses)];
    for (const problem of progress.step === 0 ? [] : problems)
      if (problem) yield { type: "diagnosis", step: progress.step, ...problem };
    if (run.data.parts.validation.length === 0) return;
    const { scores } = (await scorePart(run, "validation")).scored;
    const value = scores[validationMetric(run.config)] ?? Number.NaN;
    const best = progress.best === null || value > progress.best.score;
    progress.waited = best ? 0 : progress.waited + 1;
    run.schedule.observe(value);
    if (best) {
      progress.best = { step: progress.step, score: value };
      await saveCheckpoint(join(run.folder, runFiles.best), run.trainer.variables, { step: progress.step });
    }
    yield { type: "validation", step: progress.step, scores, best };
  }

  private async checkpoint(): Promise<TrainEvent> {
    const { run, progress } = this;
    progress.queue = run.queue.state() as Progress["queue"];
    progress.schedule = run.schedule.state();
    progress.seen = [...this.seen];
    progress.seconds = this.elapsed();
    run.sampling.save(run.trainer.variables);
    const path = join(run.folder, runFiles.last);
    await saveCheckpoint(path, run.trainer.variables, progress);
    return { type: "checkpoint", step: progress.step, path };
  }
}
