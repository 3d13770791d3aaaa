import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { input, scope } from "../../src/graph/index.js";
import { compileGraph, openSessions, Trace } from "../../src/run/index.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simile-test-"));
  vi.stubEnv("TMPDIR", folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const traces = () => readdirSync(folder).filter((name) => name.startsWith("simile-trace-"));

function graph() {
  const x = input("x", "float32", [64, 64]);
  return { outputs: { y: scope("body", () => x.matmul(x).relu().sum()) } };
}

test("a trace tells each run of a session, operator by operator", async () => {
  const trace = await Trace.open();
  expect(traces()).toHaveLength(1);
  const program = await compileGraph(graph(), { trace });
  const x = new Float32Array(64 * 64).fill(0.5);
  const began = performance.now();
  for (let i = 0; i < 3; i++) expect((await program.run({ x })).y!.data[0]).toBe(64 * 64 * 16);
  const ended = performance.now();
  const [session, ...others] = await trace.read();
  await program.release();
  await trace.close();
  expect(others).toEqual([]);
  const { written, optimized, runs } = session!;
  expect(written.map(({ name }) => name).filter((name) => name.startsWith("body"))).toEqual([
    expect.stringMatching(/^body\/MatMul/),
    "body/Relu.1",
    expect.stringMatching(/^body\/ReduceSum/),
  ]);
  expect(runs).toHaveLength(3);
  const names = new Set(optimized.map(({ name }) => name));
  let last = began;
  for (const run of runs) {
    expect(run.began).toBeGreaterThanOrEqual(last);
    expect(run.ended).toBeLessThanOrEqual(ended);
    last = run.ended;
    expect(run.kernels.every(({ name }) => names.has(name))).toBe(true);
    const sum = run.kernels.reduce((total, { milliseconds }) => total + milliseconds, 0);
    expect(sum).toBeLessThanOrEqual(run.milliseconds);
    expect(run.milliseconds).toBeLessThanOrEqual(run.ended - run.began + 1);
    const product = run.kernels.find(({ name }) => name.startsWith("body/MatMul"));
    expect(product).toMatchObject({ outputs: ["float [64, 64]"] });
  }
  expect(traces()).toEqual([]);
});

test("a traced session is shared with nobody", async () => {
  const trace = await Trace.open();
  const plain = await compileGraph(graph());
  const open = openSessions();
  const traced = await compileGraph(graph(), { trace });
  expect(openSessions()).toBe(open);
  const x = new Float32Array(64 * 64);
  await plain.run({ x });
  await traced.run({ x });
  const [session, ...others] = await trace.read();
  expect(others).toEqual([]);
  expect(session!.runs).toHaveLength(1);
  await Promise.all([plain.release(), traced.release()]);
  await trace.close();
});
