import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeFileAtomic } from "../../src/data/atomic.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-atomic-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("replaces a file and leaves nothing else behind", async () => {
  const path = join(folder, "a.txt");
  await writeFileAtomic(path, "old");
  await writeFileAtomic(path, new TextEncoder().encode("newer"));
  expect(await readFile(path, "utf8")).toBe("newer");
  expect(await readdir(folder)).toEqual(["a.txt"]);
});

test("many writers of one file leave one whole content", async () => {
  const path = join(folder, "b.txt");
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(5000 + i));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  expect(contents).toContain(await readFile(path, "utf8"));
});

test("a failed write says why and keeps what was there", async () => {
  await expect(writeFileAtomic(join(folder, "missing", "c.txt"), "x")).rejects.toMatchObject({
    code: "cannot-write",
    received: "ENOENT",
  });
  await expect(writeFileAtomic(folder, "x")).rejects.toMatchObject({ code: "cannot-write" });
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
