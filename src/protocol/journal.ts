import { hostname } from "node:os";
import Database from "libsql";
import type { Finished, TaskStore } from "./store.js";

/** A holder that is not heard of for so long is gone; on the same machine it is asked directly. */
const LEASE_MS = 60_000;
const HEARTBEAT_MS = 10_000;
const BUSY_MS = 30_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (
    name TEXT PRIMARY KEY,
    holder TEXT,
    heard REAL,
    result TEXT,
    seconds REAL
  );
  CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`;

interface TaskRow {
  readonly holder: string | null;
  readonly heard: number | null;
  readonly result: string | null;
}

/** Whether a process of this machine still runs. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function isGone(holder: string, heard: number): boolean {
  const [machine, pid] = holder.split("/");
  return (machine === hostname() && !isAlive(Number(pid))) || Date.now() - heard > LEASE_MS;
}

/**
 * The journal of a benchmark in one SQLite file: write-ahead logging, every change a transaction, so that a process
 * killed at any moment leaves what it had finished, and loses what it was at.
 */
export function openJournal(path: string): TaskStore {
  const database = new Database(path, { timeout: BUSY_MS });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  database.exec(SCHEMA);
  const me = `${hostname()}/${process.pid}`;
  const held = new Set<string>();
  const beat = database.prepare("UPDATE tasks SET heard = ? WHERE name = ? AND holder = ?");
  const heartbeat = setInterval(() => {
    for (const task of held) beat.run(Date.now(), task, me);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  const read = database.prepare("SELECT holder, heard, result FROM tasks WHERE name = ?");
  const take = database.prepare(
    "INSERT INTO tasks (name, holder, heard) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, heard = excluded.heard",
  );
  const tryToTake = (task: string): boolean => {
    const row = read.get(task) as TaskRow | undefined;
    const isFree = row === undefined || row.holder === null || isGone(row.holder, row.heard ?? 0);
    if (row?.result !== undefined && row.result !== null) return false;
    if (isFree) take.run(task, me, Date.now());
    return isFree;
  };
  return {
    finished() {
      const rows = database.prepare("SELECT name, result, seconds FROM tasks WHERE result IS NOT NULL").all() as {
        name: string;
        result: string;
        seconds: number;
      }[];
      return new Map(rows.map(({ name, result, seconds }) => [name, { result: JSON.parse(result), seconds }]));
    },
    claim(task) {
      const taken = exclusively(database, () => tryToTake(task));
      if (taken) held.add(task);
      return taken;
    },
    finish(task, { result, seconds }: Finished) {
      held.delete(task);
      database
        .prepare("UPDATE tasks SET result = ?, seconds = ?, holder = NULL WHERE name = ? AND result IS NULL")
        .run(JSON.stringify(result), seconds, task);
    },
    release(task) {
      held.delete(task);
      database.prepare("UPDATE tasks SET holder = NULL WHERE name = ? AND holder = ?").run(task, me);
    },
    settle(name, value) {
      database.prepare("INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING").run(name, value);
      return (database.prepare("SELECT value FROM notes WHERE name = ?").get(name) as { value: string }).value;
    },
    close() {
      clearInterval(heartbeat);
      for (const task of held) this.release(task);
      database.close();
    },
  };
}

/** Runs `work` while no other process can write. */
function exclusively<T>(database: Database.Database, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
