import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournal } from "../../src/protocol/index.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-journal-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a task is claimed once, and its first result stays", () => {
  const path = join(folder, "a.db");
  const [one, other] = [openJournal(path), openJournal(path)];
  expect(one.claim("t")).toBe(true);
  expect(other.claim("t")).toBe(false);
  one.finish("t", { result: { score: 0.5, nothing: null }, seconds: 2 });
  other.finish("t", { result: { score: 1 }, seconds: 1 });
  expect(other.finished()).toEqual(new Map([["t", { result: { score: 0.5, nothing: null }, seconds: 2 }]]));
  expect(other.claim("t")).toBe(false);
  one.close();
  other.close();
});

test("a task given back, and one whose holder is gone, is free again", () => {
  const path = join(folder, "b.db");
  const journal = openJournal(path);
  expect(journal.claim("t")).toBe(true);
  journal.release("t");
  expect(journal.claim("t")).toBe(true);
  journal.release("t");
  const database = new Database(path);
  // The largest process number of Linux: nobody's.
  database.prepare("UPDATE tasks SET holder = ?, heard = ?").run(`${process.env.HOSTNAME ?? "elsewhere"}/4194304`, 0);
  expect(journal.claim("t")).toBe(true);
  // Held on another machine, heard of just now.
  journal.release("t");
  database.prepare("UPDATE tasks SET holder = ?, heard = ?").run("elsewhere/1", Date.now());
  expect(journal.claim("t")).toBe(false);
  database.close();
  journal.close();
});

test("a note is kept as first written", () => {
  const journal = openJournal(join(folder, "c.db"));
  expect(journal.settle("trials", "12")).toBe("12");
  expect(journal.settle("trials", "15")).toBe("12");
  journal.close();
});
