import fc from "fast-check";
import { expect, test } from "vitest";
import { clearStatus, createOutput, duration, leftOut, percent, table } from "../../src/cli/output.js";
import { progressLine, progressText } from "../../src/cli/progress-line.js";
import { Screen } from "./screen.js";

test("a status is drawn in place at most ten times a second, and gives way to lines", () => {
  const screen = new Screen(true, 40);
  let time = 0;
  const output = createOutput(false, { stdout: screen, stderr: screen, now: () => time });
  for (; time < 1000; time += 10) output.status(`at ${time}`);
  expect(screen.lines).toEqual(["at 900"]);
  expect(screen.writes).toHaveLength(10);
  output.line("a line");
  output.line("another");
  expect(screen.lines).toEqual(["a line", "another", ""]);
});

test("the text of a status is made only when it is drawn", () => {
  const made: number[] = [];
  const output = createOutput(false, { stdout: new Screen(true), stderr: new Screen(true), now: () => 0 });
  for (let i = 0; i < 3; i++) output.status(() => `${made.push(i)}`);
  expect(made).toEqual([0]);
});

test.each([
  [40, 39],
  [0, 79],
  [undefined, 79],
])("a status never wraps: %s columns", (columns, width) => {
  const screen = new Screen(true, columns);
  createOutput(false, { stdout: screen, stderr: screen }).status("x".repeat(200));
  expect(screen.lines).toEqual(["x".repeat(width)]);
});

test("without a terminal there is no status, and for machines only the result", () => {
  const plain = { stdout: new Screen(false), stderr: new Screen(false) };
  const output = createOutput(false, plain);
  output.status("passing");
  output.line("said");
  output.result({ n: 1 }, "one");
  expect(plain.stdout.lines).toEqual(["said", "one", ""]);
  expect(plain.stderr.writes).toEqual([]);
  const machine = { stdout: new Screen(true), stderr: new Screen(true) };
  const json = createOutput(true, machine);
  json.status("passing");
  json.line("said");
  json.result({ n: 1 }, "one");
  expect(machine.stdout.lines).toEqual(['{"n":1}', ""]);
  expect(machine.stderr.writes).toEqual([]);
});

test("an error clears the status on a terminal and writes nothing elsewhere", () => {
  const screen = new Screen(true);
  createOutput(false, { stdout: screen, stderr: screen }).status("busy");
  clearStatus(screen);
  expect(screen.lines).toEqual([""]);
  const file = new Screen(false);
  clearStatus(file);
  expect(file.writes).toEqual([]);
});

test("tables align, numbers to the right", () => {
  expect(
    table(
      ["", "R@1"],
      [
        ["trained", "9.0 %"],
        ["raw", "100.0 %"],
      ],
    ),
  ).toBe(["             R@1", "trained    9.0 %", "raw      100.0 %"].join("\n"));
});

test("shares and times in words", () => {
  expect([0.1234, 1, Number.NaN, undefined].map(percent)).toEqual(["12.3 %", "100.0 %", "-", "-"]);
  expect([0.4, 59.6, 200, 3900].map(duration)).toEqual(["0 s", "1 min 0 s", "3 min 20 s", "1 h 5 min"]);
});

test("what was left out is named, the first few of many", () => {
  const skipped = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `f${i}`, reason: "empty" }));
  expect(leftOut(skipped(0))).toEqual([]);
  expect(leftOut(skipped(5))).toHaveLength(5);
  expect(leftOut(skipped(9))).toEqual([...leftOut(skipped(5)), "left out 4 more; --json names them all"]);
});

const progress = { step: 240, steps: 600, loss: 0.56789, itemsPerSecond: 312.4, secondsLeft: 200 };

test("progress has loss, speed and time left, and a bar of the room there is", () => {
  const text = "step 240/600  loss 0.5679    312 items/s  3 min 20 s left";
  expect(progressText(progress)).toBe(text);
  expect(progressLine(progress, 80)).toBe(`[#######............] ${text}`);
  expect(progressLine(progress, 200)).toBe(`[${"#".repeat(12)}${".".repeat(18)}] ${text}`);
  expect(progressLine(progress, 60)).toBe(text);
});

test("a bar fills as steps are done, and fits", () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e6), fc.integer({ min: 80, max: 200 }), (a, b, columns) => {
      const [step, steps] = [Math.min(a, b), Math.max(a, b)];
      const line = progressLine({ ...progress, step, steps }, columns);
      const [, full = "", rest = ""] = /^\[(#*)(\.*)\] step/.exec(line) ?? [];
      expect(line.length).toBeLessThan(columns);
      if (step === steps && steps > 0) expect(rest).toBe("");
      expect(full.length).toBe(Math.floor(((full.length + rest.length) * step) / Math.max(1, steps)));
    }),
  );
});
