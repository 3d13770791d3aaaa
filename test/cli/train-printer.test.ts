import { expect, test } from "vitest";
import { createOutput } from "../../src/cli/output.js";
import { TrainPrinter } from "../../src/cli/train-printer.js";
import type { TrainEvent } from "../../src/train/index.js";
import { Screen } from "./screen.js";

const part = (items: number, classes: number) => ({ items, classes });
const start: Extract<TrainEvent, { type: "start" }> = {
  type: "start",
  steps: 100,
  step: 0,
  batchSize: 8,
  stepsPerEpoch: 10,
  data: {
    name: "shoes",
    kind: "image",
    parts: { train: part(800, 80), validation: part(90, 9), test: part(1200, 120) },
    skipped: [{ name: "a/broken.png", reason: "cut short" }],
    loneClasses: ["sandal"],
    credits: [],
  },
  parameters: { model: 1000, loss: 0 },
};
const step = (number: number, loss = 0.5, itemsPerSecond = 100): TrainEvent => ({
  type: "step",
  step: number,
  loss,
  learningRate: 1e-3,
  itemsPerSecond,
});
const scores = { "MAP@R": 0.5, "R-Precision": 0.6, "R@1": 0.75, "R@2": 0.8, "R@4": 0.9, "R@8": 1 };
const ending: TrainEvent[] = [
  { type: "validation", step: 100, scores, best: true },
  { type: "diagnosis", step: 100, problem: "all embeddings are alike", remedy: "lower the rate" },
  { type: "test", step: 100, trained: scores, baselines: { untrained: { ...scores, "R@1": 0.0625 } } },
  { type: "done", step: 100, folder: "runs/x", files: [], seconds: 65 },
];

function show(events: readonly TrainEvent[], screen: Screen, json = false, secondsAStep = 1): void {
  let time = 0;
  const clock = { now: () => time };
  const printer = new TrainPrinter(createOutput(json, { stdout: screen, stderr: screen, ...clock }), clock.now);
  for (const event of events) {
    if (event.type === "step") time += 1000 * secondsAStep;
    printer.show(event);
  }
}

test("plain lines: the data, twenty lines of steps, the scores, and where the artefacts are", () => {
  const screen = new Screen(false);
  show([start, ...Array.from({ length: 100 }, (_, i) => step(i + 1)), ...ending], screen);
  const { lines } = screen;
  expect(lines.slice(0, 7)).toEqual([
    "shoes       items  classes",
    "train         800       80",
    "validation     90        9",
    "test         1200      120",
    "left out a/broken.png: cut short",
    "1 classes have one item and cannot be found or learned, such as sandal",
    "1000 parameters",
  ]);
  expect(lines[7]).toBe("100 steps of 8, 10 an epoch");
  expect(lines[8]).toBe("step   1/100  loss 0.5000    100 items/s  1 min 39 s left");
  expect(lines.filter((line) => line.includes("items/s"))).toHaveLength(21);
  expect(lines.slice(-10)).toEqual([
    "step 100: validation MAP@R 50.0 %, R@1 75.0 %, best so far",
    "step 100: all embeddings are alike; lower the rate",
    "test, on items kept aside:",
    "                     MAP@R  R-Precision     R@1     R@2     R@4      R@8",
    "trained (step 100)  50.0 %       60.0 %  75.0 %  80.0 %  90.0 %  100.0 %",
    "untrained           50.0 %       60.0 %   6.3 %  80.0 %  90.0 %  100.0 %",
    "done in 1 min 5 s",
    "report  runs/x/report.html",
    "model   runs/x/model.onnx",
    "",
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(screen.writes.join("")).not.toContain("\x1b");
});

test("a terminal has one bar that is drawn over itself, and no plain steps", () => {
  const screen = new Screen(true, 80);
  show([start, ...Array.from({ length: 50 }, (_, i) => step(i + 1))], screen);
  const bars = screen.lines.filter((line) => line.includes("items/s"));
  expect(bars).toEqual(["[############.............] step  50/100  loss 0.5000    100 items/s  50 s left"]);
});

test("the bar of fast steps is drawn ten times a second, not at each step", () => {
  const screen = new Screen(true, 80);
  show([start, ...Array.from({ length: 100 }, (_, i) => step(i + 1))], screen, false, 0.01);
  expect(screen.writes.filter((text) => text.includes("items/s"))).toHaveLength(10);
});

test("a resumed run counts its time from where it goes on", () => {
  const screen = new Screen(false);
  show([{ ...start, step: 90 }, step(91)], screen);
  expect(screen.lines).toContain("100 steps of 8, 10 an epoch; going on from step 90");
  expect(screen.lines.at(-2)).toMatch(/^step {2}91\/100 .* 9 s left$/);
});

test("speed and loss are averages, in which one slow step weighs by its time", () => {
  const screen = new Screen(false);
  show([start, step(1, 1, 100), ...[2, 3, 4].map((i) => step(i, 1, 100)), step(5, 0, 1)], screen);
  const mixed = 1 / (0.95 / 100 + 0.05 / 1);
  expect(screen.lines.at(-2)).toContain(`loss 0.9500  ${`${Math.round(mixed)}`.padStart(5)} items/s`);
});

test("for machines every event is one line of JSON", () => {
  const screen = new Screen(true);
  const events = [start, step(1), ...ending];
  show(events, screen, true);
  expect(screen.lines.slice(0, -1).map((line) => JSON.parse(line))).toEqual(events);
});
