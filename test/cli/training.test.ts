import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const training = new URL("../../dist/cli/training.js", import.meta.url).href;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-training-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs `program` as the training thread of a process, and answers each of its lines with the signal given for it. */
async function runThread(program: string, answers: Readonly<Record<string, NodeJS.Signals>> = {}): Promise<Ended> {
  const thread = join(folder, "thread.mjs");
  const main = join(folder, "main.mjs");
  const imports = 'import { parentPort as port, workerData } from "node:worker_threads";\n';
  await writeFile(thread, `${imports}${program}`);
  await writeFile(
    main,
    `import { runTraining } from ${JSON.stringify(training)};
const program = new URL(${JSON.stringify(pathToFileURL(thread).href)});
const say = (text) => console.log(text);
const options = { program, onEvent: (event) => say(event.type), onStopping: () => say("stopping") };
try {
  say(JSON.stringify(await runTraining({ folder: "x" }, options)));
} catch (error) {
  say("thrown: " + error.message);
}
`,
  );
  // Standard input stays open, for a thread that waits for it.
  const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<Pick<Ended, "code" | "signal">>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const answer = answers[line];
    if (answer) child.kill(answer);
  }
  return { lines, ...(await exited) };
}

const event = (text: string) => `port.postMessage({ type: "event", event: ${text} });`;

test("events are passed on in order, and the end is told", async () => {
  const { lines, code } = await runThread(
    `${event('{ type: "start" }')} ${event("{ type: workerData.folder }")} port.postMessage({ type: "ended" });`,
  );
  expect(lines).toEqual(["start", "x", '{"type":"done"}']);
  expect(code).toBe(0);
});

test.each([
  "SIGINT",
  "SIGTERM",
] as const)("the first %s asks the thread to stop, and it finishes its step", async (signal) => {
  const stopped = '{ type: "stopped", reason: "interrupted", step: 7, message: "" }';
  const { lines, code } = await runThread(
    `port.on("message", () => { ${event(stopped)} port.postMessage({ type: "ended" }); port.close(); });
     ${event('{ type: "ready" }')}`,
    { ready: signal },
  );
  expect(lines).toEqual(["ready", "stopping", "stopped", '{"type":"interrupted","step":7}']);
  expect(code).toBe(0);
});

test("the second signal ends the process, even while the thread is deep in native code", async () => {
  const { lines, code, signal } = await runThread(
    `import { readSync } from "node:fs";
     ${event('{ type: "ready" }')}
     setTimeout(() => readSync(0, new Uint8Array(1)), 50);`,
    { ready: "SIGINT", stopping: "SIGINT" },
  );
  expect(lines).toEqual(["ready", "stopping"]);
  expect([code, signal]).toEqual([null, "SIGINT"]);
});

test("a run that stops for want of gain is done, not interrupted", async () => {
  const stopped = '{ type: "stopped", reason: "no gain", step: 7, message: "" }';
  const { lines } = await runThread(`${event(stopped)} port.postMessage({ type: "ended" });`);
  expect(lines.at(-1)).toBe('{"type":"done"}');
});

test("what the thread tells of a failure is passed on as it is", async () => {
  const failure = { message: "m", stack: "s", details: { code: "c" } };
  const { lines } = await runThread(`port.postMessage(${JSON.stringify({ type: "failed", failure })});`);
  expect(JSON.parse(lines[0]!)).toEqual({ type: "failed", failure });
});

test.each([
  ["", "thrown: the training thread ended unasked, with code 0"],
  ["process.exit(3);", "thrown: the training thread ended unasked, with code 3"],
  ['throw new Error("odd");', "thrown: odd"],
])("a thread that dies without a word is no success: %s", async (program, message) => {
  expect((await runThread(program)).lines).toEqual([message]);
});
