/**
 * Simile beside its peers: `npm run bench -- SUITE ... [part of a case's name ...]`, or `all` for every suite.
 *
 *     [--threads 2] [--rounds 7] [--alone] [--python PYTHON] [--peers FOLDER]
 *     [--results FOLDER] [--json FILE] [--markdown FILE] [--history FILE]
 *
 * Both sides are processes with the same number of threads; their turns alternate A B A B. Shown are medians with
 * quartiles in milliseconds, the peer's median over ours, the most memory each took, and how near our step comes to the
 * time that this machine needs for the bare work (its fastest matrix product and pass over memory, measured first).
 *
 * PyTorch is Debian's python3-torch; pytorch-metric-learning is looked for on PYTHONPATH; peers that run in browsers are
 * npm packages installed under the folder given by --peers. A peer that is not there is named, and its columns stay empty; with
 * --alone none is asked. --results keeps SUITE.json in a folder, from which bench/page.ts makes docs/performance.md.
 */
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Contestant, contest, processContestant, type Row } from "./contest.js";
import { countsInstructions } from "./instructions.js";
import { compareWithHistory, type FullRow, keepResult, type Rates, type SuiteResult, writeJson } from "./results.js";
import { machine, openSuite, type Suite, suiteNames, type Work } from "./suite.js";
import { cellsOf, heading, machineLine, markdownOf, notesOf, terminalLine } from "./table.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "7" },
    python: { type: "string", default: "/usr/bin/python3" },
    peers: { type: "string" },
    results: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
    history: { type: "string" },
    alone: { type: "boolean", default: false },
  },
});
const { threads } = values;
const isSuite = (name: string): name is (typeof suiteNames)[number] => suiteNames.some((known) => known === name);
const wantedSuites = positionals.includes("all") ? [...suiteNames] : positionals.filter(isSuite);
const parts = positionals.filter((name) => name !== "all" && !isSuite(name));
if (wantedSuites.length === 0) {
  console.error(`which suite? all, ${suiteNames.join(", ")}`);
  process.exit(2);
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What both sides are told beside the case. */
const environment = { OMP_NUM_THREADS: threads, ...(values.peers && { BENCH_PEERS: resolve(values.peers) }) };

function script(name: string, path: string, args: readonly string[]): Contestant {
  const [command, before] = path.endsWith(".ts") ? [process.execPath, ["--import", "tsx"]] : [values.python, []];
  return processContestant(name, command, [...before, at(path), ...args], environment);
}

const nobody: Contestant = {
  name: "no peer",
  run: async () => ({ absent: "not asked" }),
  versions: async () => ({}),
  close: async () => {},
};

async function measureRates(ours: Contestant): Promise<Rates> {
  const best = async (name: keyof typeof machine) => {
    await ours.run(name, 3);
    const steps = await ours.run(name, 9);
    if ("absent" in steps) throw new Error(steps.absent);
    return Math.min(...steps.milliseconds) / 1000;
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

const instructions = countsInstructions();
if (!instructions) console.log("instructions: not counted, this machine shows no counters of its processor");

function show(row: FullRow): void {
  const notes = notesOf(row);
  console.log(terminalLine(cellsOf(row)) + (notes && `   ${notes}`));
}

async function runSuite(name: string, suite: Suite): Promise<SuiteResult> {
  const ours = script("simile", "ours.ts", [name, threads]);
  const peer = values.alone ? nobody : script(suite.peer.name, `peers/${suite.peer.script}`, [threads]);
  const rates = await measureRates(ours);
  const cpu = cpus()[0]?.model ?? "unknown";
  console.log(`\n${name}: ${suite.title}; ${machineLine({ threads: Number(threads), cpu, rates })}`);
  console.log(terminalLine(heading(suite.peer.name)));
  const options = { rounds: Number(values.rounds), memory: suite.tellsMemory ?? true, instructions };
  const rows: FullRow[] = [];
  let versions = {};
  for (const [testCase, { work }] of Object.entries(suite.cases)) {
    if (parts.length > 0 && !parts.some((part) => testCase.includes(part))) continue;
    // Each case in processes of its own: what one leaves in the heap would count as the memory of the next.
    for (const side of [ours, peer]) await side.close();
    const row: Row = await contest(ours, peer, testCase, options);
    rows.push({ ...row, floorMs: floorMs(work, rates), date: new Date().toISOString() });
    show(rows.at(-1)!);
    versions = { ...versions, ...(await ours.versions()), ...(await peer.versions()) };
  }
  for (const side of [ours, peer]) await side.close();
  const memoryGB = Math.round(totalmem() / 1e9);
  const { title } = suite;
  return { suite: name, title, peer: suite.peer.name, threads: Number(threads), cpu, memoryGB, versions, rates, rows };
}

const results: SuiteResult[] = [];
for (const name of wantedSuites) {
  const suite = await openSuite(name);
  const result = await runSuite(name, suite);
  results.push(result);
  if (values.results) keepResult(values.results, result, Object.keys(suite.cases));
  if (values.history) for (const warning of compareWithHistory(values.history, result)) console.log(warning);
}
if (values.json) writeJson(values.json, results);
if (values.markdown) {
  writeFileSync(values.markdown, `${results.map((each) => `## ${each.suite}\n\n${markdownOf(each)}`).join("\n\n")}\n`);
}
