import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

afterAll(() => rmSync(`${root}/runs/example`, { recursive: true, force: true }));

test("the library example runs as it is printed", { timeout: 300_000 }, () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(example).toBeDefined();
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", example!], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/MAP@R on unseen classes 0\.\d+/);
  expect(stdout).toMatch(/ looks most like /);
});

test("the excerpt in CONTRIBUTING is the file it names", () => {
  const text = readFileSync(new URL("../CONTRIBUTING.md", import.meta.url), "utf8");
  const [, file, excerpt] = /<!-- excerpt:(\S+) -->\n\n```ts\n([\s\S]*?)```/.exec(text) ?? [];
  expect(excerpt).toBe(readFileSync(`${root}/${file}`, "utf8"));
});
