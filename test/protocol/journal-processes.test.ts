import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournal } from "../../src/protocol/journal.js";

const library = new URL("../../dist/protocol/journal.js", import.meta.url).href;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-journal-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Claims every task it can get and finishes it, printing its name. */
function claimant(path: string, tasks: number): Promise<string[]> {
  const script = `import { openJournal } from ${JSON.stringify(library)};
    const store = openJournal(${JSON.stringify(path)});
    for (let i = 0; i < ${tasks}; i++) {
      if (!store.claim("task " + i)) continue;
      console.log("task " + i);
      store.finish("task " + i, { result: i, seconds: 0 });
    }
    store.close();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) =>
      code === 0 ? resolve(printed.split("\n").filter((line) => line !== "")) : reject(new Error(`exit code ${code}`)),
    );
  });
}

test("processes that claim at the same time get different tasks, and together all of them", async () => {
  const path = join(folder, "many.db");
  const tasks = 60;
  const claimed = await Promise.all([1, 2, 3].map(() => claimant(path, tasks)));
  const all = claimed.flat();
  expect(all.length).toBe(tasks);
  expect(new Set(all).size).toBe(tasks);
  const store = openJournal(path);
  expect(store.finished().size).toBe(tasks);
  store.close();
});
