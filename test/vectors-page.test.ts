import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(new URL("../docs/vectors.md", import.meta.url), "utf8");
const [store, serve, serveAlone] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
let folder: string;

/** Runs TypeScript in a scratch folder as a user's project would have it. */
function run(code: string): string {
  writeFileSync(join(folder, "program.ts"), code);
  const loader = ["--import", new URL("../node_modules/tsx/dist/loader.mjs", import.meta.url).href];
  const environment = { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") };
  const options = { cwd: folder, encoding: "utf8", env: environment } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...loader, "program.ts"], options);
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simile-vectors-"));
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  symlinkSync(join(root, "node_modules", "onnxruntime-node"), join(folder, "node_modules", "onnxruntime-node"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("docs/vectors.md", () => {
  test("its example learns from pairs, and beats the vectors it was given", () => {
    const output = run(readFileSync(new URL("../examples/vectors.ts", import.meta.url), "utf8"));
    const [before, after] = [...output.matchAll(/AUC .* (0\.\d+)/g)].map(([, value]) => Number(value));
    expect(after! - before!).toBeGreaterThan(0.1);
    expect(output).toContain("128 numbers: true");
    expect(existsSync(join(folder, "runs/example-vectors/model.onnx"))).toBe(true);
  });

  test("the first snippet writes what training reads", () => {
    run(`${store}\nawait store("a", "cat", "a text", async () => [0.5, 1]);`);
    expect(readFileSync(join(folder, "items.jsonl"), "utf8")).toBe('{"id":"a","label":"cat","embedding":[0.5,1]}\n');
  });

  test("both ways to serve give the same vectors, of length 1", () => {
    const vector = "const vector = Array.from({ length: 128 }, (_, i) => Math.sin(i));";
    const own = JSON.parse(
      run(`${serve}\n${vector}\nconsole.log(JSON.stringify([...(await improve([vector, vector]))[1]!]));`),
    );
    const alone = JSON.parse(
      run(`${serveAlone}\n${vector}\nconsole.log(JSON.stringify([...(await improve(vector))]));`),
    );
    expect(own).toHaveLength(128);
    own.forEach((value: number, i: number) => void expect(alone[i]).toBeCloseTo(value, 6));
    expect(own.reduce((sum: number, value: number) => sum + value * value, 0)).toBeCloseTo(1, 5);
  });
});
