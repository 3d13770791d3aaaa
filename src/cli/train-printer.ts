import type { TrainEvent } from "../train/index.js";
import { duration, type Output, percent, table } from "./output.js";

const BAR = 20;
/** Without a terminal, a line this often. */
const PLAIN_LINES = 20;

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

/** Shows a training run as it goes: a bar on a terminal, plain lines elsewhere, JSON lines for machines. */
export class TrainPrinter {
  private steps = 0;
  private first = 0;
  private began = Date.now();
  private smoothed: number | undefined;

  constructor(
    private readonly output: Output,
    private readonly terminal: boolean,
  ) {}

  show(event: TrainEvent): void {
    if (this.output.json) {
      this.output.result(event, "");
      return;
    }
    switch (event.type) {
      case "prepare":
        this.output.status(`${event.what}: ${event.done} of ${event.total}`);
        return;
      case "start":
        this.start(event);
        return;
      case "step":
        this.step(event);
        return;
      case "validation":
        this.output.line(
          `step ${event.step}: validation MAP@R ${percent(event.scores["MAP@R"])}, R@1 ${percent(event.scores["R@1"])}${event.best ? ", best so far" : ""}`,
        );
        return;
      case "diagnosis":
        this.output.line(`step ${event.step}: ${event.problem}; ${event.remedy}`);
        return;
      case "test":
        this.output.line(scoreTable(event));
        return;
      case "stopped":
        this.output.line(event.message);
        return;
      case "done":
        this.output.line(
          `done in ${duration(event.seconds)}; report: ${event.folder}/report.html, model: ${event.folder}/model.onnx`,
        );
        return;
      case "checkpoint":
        return;
    }
  }

  private start({
    data,
    steps,
    step,
    batchSize,
    stepsPerEpoch,
    parameters,
  }: Extract<TrainEvent, { type: "start" }>): void {
    this.steps = steps;
    this.first = step;
    this.began = Date.now();
    const { train, validation, test } = data.parts;
    const part = ({ items, classes }: { items: number; classes: number }) => `${items} of ${classes} classes`;
    this.output.line(`${data.name}: train ${part(train)}, validation ${part(validation)}, test ${part(test)}`);
    if (data.skipped.length > 0) {
      const [worst] = data.skipped;
      this.output.line(`left out ${data.skipped.length} unusable files, such as ${worst!.name} (${worst!.reason})`);
    }
    if (data.loneClasses.length > 0) {
      const [first] = data.loneClasses;
      this.output.line(
        `${data.loneClasses.length} classes have one item and cannot be found or learned, such as ${first}`,
      );
    }
    const loss = parameters.loss > 0 ? ` and ${parameters.loss} of the loss` : "";
    this.output.line(
      `${parameters.model} parameters${loss}; ${steps} steps of ${batchSize}, ${stepsPerEpoch} an epoch${step > 0 ? `; going on from step ${step}` : ""}`,
    );
  }

  private step({ step, loss, itemsPerSecond }: Extract<TrainEvent, { type: "step" }>): void {
    this.smoothed = this.smoothed === undefined ? loss : 0.95 * this.smoothed + 0.05 * loss;
    const left = (((Date.now() - this.began) / 1000) * (this.steps - step)) / Math.max(1, step - this.first);
    const text = `step ${step}/${this.steps}  loss ${this.smoothed.toFixed(4)}  ${Math.round(itemsPerSecond)} items/s  ${duration(left)} left`;
    if (this.terminal) this.output.status(`${bar(step / this.steps)} ${text}`);
    else if (step === 1 || step % Math.max(1, Math.round(this.steps / PLAIN_LINES)) === 0) this.output.line(text);
  }
}

/** Scores of the trained model and of what it had to beat, on the test part. */
function scoreTable({ trained, baselines, step }: Extract<TrainEvent, { type: "test" }>): string {
  const metrics = ["MAP@R", "R-Precision", "R@1", "R@2", "R@4", "R@8"].filter((metric) => metric in trained);
  const row = (name: string, scores: Readonly<Record<string, number>>) => [
    name,
    ...metrics.map((metric) => percent(scores[metric])),
  ];
  const rows = [
    row(`trained (step ${step})`, trained),
    ...Object.entries(baselines).map(([name, scores]) => row(name, scores)),
  ];
  return `test, on items kept aside:\n${table(["", ...metrics], rows)}`;
}
