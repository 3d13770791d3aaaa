/**
 * Simile beside its peers: `npm run bench -- SUITE [case ...] [--threads 2] [--rounds 7] [--json FILE] [--history FILE] [--alone]`.
 *
 * Both sides are processes with the same number of threads; their turns alternate A B A B. Shown are medians with
 * quartiles in milliseconds, the peer's median over ours, the most memory each took, and how near our step comes to the
 * time that this machine needs for the bare work (its fastest matrix product and pass over memory, measured first).
 *
 * PyTorch is Debian's python3-torch; pytorch-metric-learning is looked for on PYTHONPATH. A peer that is not there is named,
 * and its columns stay empty; with --alone none is asked.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Absent, type Contestant, contest, processContestant, type Result, type Row, spread } from "./contest.js";
import { machine, openSuite, suiteNames, type Work } from "./suite.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "7" },
    python: { type: "string", default: "/usr/bin/python3" },
    json: { type: "string" },
    history: { type: "string" },
    alone: { type: "boolean", default: false },
  },
});

/** Operations and bytes a second, at best. */
interface Rates {
  readonly flop: number;
  readonly bytes: number;
}

/** A row with what the machine would need at least, in milliseconds. */
interface FullRow extends Row {
  readonly floorMs: number | undefined;
}

async function measureRates(ours: Contestant): Promise<Rates> {
  const best = async (name: keyof typeof machine) => {
    await ours.run(name, 3);
    const times = await ours.run(name, 9);
    if ("absent" in times) throw new Error(times.absent);
    return spread(times).low / 1000;
  };
  return {
    flop: machine["machine/product"].work!.flop! / (await best("machine/product")),
    bytes: machine["machine/memory"].work!.bytes! / (await best("machine/memory")),
  };
}

function floorMs(work: Work | undefined, rates: Rates): number | undefined {
  if (work === undefined) return undefined;
  return 1000 * ((work.flop ?? 0) / rates.flop + (work.bytes ?? 0) / rates.bytes);
}

const columns = [26, 24, 24, 8, 14, 6] as const;
const line = (cells: readonly string[]) =>
  cells
    .map((cell, i) => cell.padEnd(columns[i] ?? 0))
    .join(" ")
    .trimEnd();

function showResult(result: Result | Absent): string {
  if ("absent" in result) return "-";
  const { median, low, high } = result;
  const digits = median < 100 ? 1 : 0;
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

function showRow(row: FullRow): string {
  const memory = [row.ours, row.peer].map((side) => ("absent" in side ? "-" : `${side.peakMB ?? "-"}`)).join(" / ");
  const share = row.floorMs === undefined ? "" : `${Math.round((100 * row.floorMs) / row.ours.median)} %`;
  const ratio = row.ratio === undefined ? "" : `${row.ratio.toFixed(2)}x`;
  const why = "absent" in row.peer ? `   peer: ${row.peer.absent}` : "";
  return line([row.case, showResult(row.ours), showResult(row.peer), ratio, memory, share]) + why;
}

/** Medians of the last run of each case in a history file of JSON lines. */
function readHistory(file: string): Map<string, number> {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const records = lines.map((text) => JSON.parse(text) as { case: string; medianMs: number });
  return new Map(records.map((record) => [record.case, record.medianMs]));
}

/** Appends the medians to the history, and names what became slower by more than noise explains. */
function compareWithHistory(file: string, suite: string, rows: readonly FullRow[]): void {
  const before = readHistory(file);
  for (const { case: name, ours } of rows) {
    const key = `${suite}/${name}`;
    const last = before.get(key);
    // Two runs on one machine differ by up to a third for no reason.
    if (last !== undefined && ours.median > 1.3 * last) {
      console.log(`slower: ${key} took ${last.toFixed(1)} ms the last time, ${ours.median.toFixed(1)} now`);
    }
    const record = { case: key, date: new Date().toISOString(), medianMs: ours.median };
    appendFileSync(file, `${JSON.stringify(record)}\n`);
  }
}

const [suiteName, ...wanted] = positionals;
if (suiteName === undefined) {
  console.error(`which suite? ${suiteNames.join(", ")}`);
  process.exit(2);
}
const suite = await openSuite(suiteName);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { threads } = values;
const ours = processContestant("simile", process.execPath, ["--import", "tsx", at("ours.ts"), suiteName, threads]);
const nobody: Contestant = { name: "no peer", run: async () => ({ absent: "not asked" }), close: async () => {} };
const peer = values.alone
  ? nobody
  : processContestant(suite.peer.name, values.python, [at(`peers/${suite.peer.script}`), threads], {
      OMP_NUM_THREADS: threads,
    });
const rates = await measureRates(ours);
const best = `${(rates.flop / 1e9).toFixed(0)} GFLOP/s in products, ${(rates.bytes / 1e9).toFixed(0)} GB/s`;
console.log(`${suite.title}: ${threads} threads of ${cpus()[0]?.model ?? "this machine"}; at best ${best}`);
console.log(line(["ms a step", "simile", suite.peer.name, "ratio", "peak MB", "of the machine"]));
const rows: FullRow[] = [];
for (const name of Object.keys(suite.cases)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  const row = {
    ...(await contest(ours, peer, name, Number(values.rounds))),
    floorMs: floorMs(suite.cases[name]!.work, rates),
  };
  rows.push(row);
  console.log(showRow(row));
}
await ours.close();
await peer.close();
const date = new Date().toISOString();
const result = { suite: suiteName, date, threads: Number(threads), cpu: cpus()[0]?.model, rates, rows };
if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (values.history) compareWithHistory(values.history, suiteName, rows);
