import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const main = fileURLToPath(new URL("dist/cli/main.js", root));

const script = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
const told = "module loaded: ";
/** Tells of each module before it is loaded. */
const hook = script(`import { writeSync } from "node:fs";
export const load = (url, context, next) => (writeSync(2, ${JSON.stringify(told)} + url + "\\n"), next(url, context));`);
const registration = script(`import { register } from "node:module"; register(${JSON.stringify(hook)});`);

/** What a command loads: files of ours below dist/, and packages by name. */
function modulesOf(...words: string[]): Set<string> {
  const run = spawnSync(process.execPath, ["--import", registration, main, ...words], { encoding: "utf8" });
  expect([run.status, run.stdout.length > 0]).toEqual([0, true]);
  const urls = run.stderr.split("\n").flatMap((line) => (line.startsWith(told) ? [line.slice(told.length)] : []));
  const names = urls.map((url) =>
    url.startsWith(root.href) && !url.includes("/node_modules/")
      ? url.slice(`${root.href}dist/`.length)
      : (/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url),
  );
  return new Set(names.filter((name) => !name.startsWith("node:")));
}

test.each([
  "--help",
  "--version",
  "evaluate --help",
  "help search",
])("%s loads the command line and nothing else", (words) => {
  expect(modulesOf(...words.split(" "))).toEqual(new Set(["cli/main.js", "cli/streams.js", "commander"]));
});

test("a command that runs loads what it needs, as this test can see", () => {
  const modules = modulesOf("losses");
  expect(modules).toContain("zod");
  expect(modules).toContain("cli/commands/list.js");
});
