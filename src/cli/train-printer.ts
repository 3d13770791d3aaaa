import { measuredMetrics, type TrainEvent } from "../train/index.js";
import { duration, leftOut, type Output, percent, table } from "./output.js";
import { progressLine, progressText, type TrainProgress } from "./progress-line.js";

/** Without a terminal, this many lines a run. */
const PLAIN_LINES = 20;
/** Weight of the past in the shown loss and speed. */
const MEMORY = 0.95;

type Start = Extract<TrainEvent, { type: "start" }>;
type Step = Extract<TrainEvent, { type: "step" }>;

/** Shows a training run as it goes: a bar on a terminal, plain lines elsewhere, JSON lines for machines. */
export class TrainPrinter {
  private steps = 0;
  private first = 0;
  private began = 0;
  private loss: number | undefined;
  /** Seconds an item: these, not items a second, can be averaged over steps. */
  private pace: number | undefined;

  constructor(
    private readonly output: Output,
    /** Milliseconds. */
    private readonly now: () => number = Date.now,
  ) {}

  show(event: TrainEvent): void {
    const { output } = this;
    if (output.json) {
      output.result(event, "");
      return;
    }
    switch (event.type) {
      case "prepare":
        output.status(`${event.what}: ${event.done} of ${event.total}`);
        break;
      case "start":
        this.start(event);
        break;
      case "step":
        this.step(event);
        break;
      case "validation":
        output.line(validationText(event));
        break;
      case "checkpoint":
        break;
      case "diagnosis":
        output.line(`step ${event.step}: ${event.problem}; ${event.remedy}`);
        break;
      case "test":
        output.line(scoreTable(event));
        break;
      case "stopped":
        // Of an interrupted run the command that caught the signal tells, with how to go on.
        if (event.reason !== "interrupted") output.line(event.message);
        break;
      case "done":
        output.line(`done in ${duration(event.seconds)}`);
        output.line(`report  ${event.folder}/report.html\nmodel   ${event.folder}/model.onnx`);
        break;
    }
  }

  private start({ data, steps, step, batchSize, stepsPerEpoch, parameters, backbone }: Start): void {
    this.steps = steps;
    this.first = step;
    this.began = this.now();
    const rows = Object.entries(data.parts).map(([name, { items, classes }]) => [name, `${items}`, `${classes}`]);
    this.output.line(table([data.name, "items", "classes"], rows));
    if (backbone !== undefined) this.output.line(`backbone ${backbone}`);
    if (data.pairs) for (const line of pairLines(data.pairs)) this.output.line(line);
    for (const line of leftOut(data.skipped)) this.output.line(line);
    for (const note of data.notes ?? []) this.output.line(note);
    if (data.loneClasses.length > 0) {
      const [first] = data.loneClasses;
      this.output.line(
        `${data.loneClasses.length} classes have one item and cannot be found or learned, such as ${first}`,
      );
    }
    const loss = parameters.loss > 0 ? ` and ${parameters.loss} of the loss` : "";
    this.output.line(`${parameters.model} parameters${loss}`);
    const resumed = step > 0 ? `; going on from step ${step}` : "";
    this.output.line(`${steps} steps of ${batchSize}, ${stepsPerEpoch} an epoch${resumed}`);
  }

  private step({ step, loss, itemsPerSecond }: Step): void {
    const mixed = (past: number | undefined, value: number) =>
      past === undefined ? value : MEMORY * past + (1 - MEMORY) * value;
    this.loss = mixed(this.loss, loss);
    this.pace = mixed(this.pace, 1 / itemsPerSecond);
    const seconds = (this.now() - this.began) / 1000;
    const progress: TrainProgress = {
      step,
      steps: this.steps,
      loss: this.loss,
      itemsPerSecond: 1 / this.pace,
      secondsLeft: (seconds * (this.steps - step)) / Math.max(1, step - this.first),
    };
    const { output } = this;
    if (output.terminal) output.status(() => progressLine(progress, output.columns));
    else if (step === this.first + 1 || step % Math.max(1, Math.round(this.steps / PLAIN_LINES)) === 0)
      output.line(progressText(progress));
  }
}

function validationText({ step, scores, best }: Extract<TrainEvent, { type: "validation" }>): string {
  const shown = measuredMetrics(scores)
    .filter((metric) => ["AUC", "MAP@R", "R@1"].includes(metric))
    .map((metric) => `${metric} ${percent(scores[metric])}`);
  return `step ${step}: validation ${shown.join(", ")}${best ? ", best so far" : ""}`;
}

function pairLines({ acrossParts, ...parts }: NonNullable<Start["data"]["pairs"]>): string[] {
  const rows = Object.entries(parts).map(([name, { alike, unlike }]) => [name, `${alike}`, `${unlike}`]);
  const crossing = `${acrossParts} pairs are left out: their items are in different parts`;
  return [table(["pairs", "alike", "unlike"], rows), ...(acrossParts > 0 ? [crossing] : [])];
}

/** Scores of the trained model and of what it had to beat, on the test part. */
function scoreTable({ trained, baselines, step, threshold }: Extract<TrainEvent, { type: "test" }>): string {
  const metrics = measuredMetrics(trained);
  const row = (name: string, scores: Readonly<Record<string, number>>) => [
    name,
    ...metrics.map((metric) => percent(scores[metric])),
  ];
  const rows = [
    row(`trained (step ${step})`, trained),
    ...Object.entries(baselines).map(([name, scores]) => row(name, scores)),
  ];
  const called = threshold === undefined ? [] : [`alike up to a distance of ${threshold.toPrecision(4)}`];
  return ["test, on items kept aside:", table(["", ...metrics], rows), ...called].join("\n");
}
