// Damaged and random bytes for every reader: `npx tsx scripts/fuzz.ts [TARGET ...] [--inputs 20000] [--seed 1] [--first 0]`.
// Anything but a SimileError, a hang or a blow-up of memory is a finding; the exit code is then 1.
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { FuzzOutcome } from "./fuzz/run.js";
import { fuzzTargets } from "./fuzz/targets.js";

/** No single input may take longer. */
const HANG_MS = 30_000;

const WORKER = new URL("./fuzz/worker.ts", import.meta.url).href;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
  },
});

/** Runs a target in a thread, which is ended when one input keeps it too long. */
function watched(name: string): Promise<FuzzOutcome | string> {
  const progress = new SharedArrayBuffer(4);
  const at = new Int32Array(progress);
  const settings = { inputs: Number(values.inputs), seed: Number(values.seed), first: Number(values.first) };
  // Threads of Node 20 do not inherit the loader for TypeScript.
  const program = `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(WORKER)})))`;
  const worker = new Worker(program, {
    eval: true,
    workerData: { name, ...settings, progress },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  return new Promise((resolve) => {
    let [last, since] = [-1, Date.now()];
    const watch = setInterval(() => {
      const now = Atomics.load(at, 0);
      if (now !== last) [last, since] = [now, Date.now()];
      else if (Date.now() - since > HANG_MS) end(`input ${now} hangs`);
    }, 1000);
    const end = (outcome: FuzzOutcome | string) => {
      clearInterval(watch);
      resolve(outcome);
      void worker.terminate();
    };
    worker.on("message", end);
    worker.on("error", (error) => end(`input ${Atomics.load(at, 0)}: ${error.stack ?? error.message}`));
  });
}

const chosen = fuzzTargets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
let failed = positionals.length > 0 && chosen.length < positionals.length;
for (const { name } of chosen) {
  const start = Date.now();
  const outcome = await watched(name);
  const seconds = ((Date.now() - start) / 1000).toFixed(0);
  if (typeof outcome === "string") {
    failed = true;
    console.log(`${name}: ${outcome}`);
    continue;
  }
  const { inputs, accepted, refused, slowestMs, peakBytes, findings } = outcome;
  failed ||= findings.length > 0;
  console.log(
    `${name}: ${inputs} inputs in ${seconds} s, ${accepted} read, slowest ${slowestMs.toFixed(0)} ms, ` +
      `peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB, ${findings.length} findings`,
  );
  console.log(
    `  refused: ${Object.entries(refused)
      .map(([code, count]) => `${code} ${count}`)
      .join(", ")}`,
  );
  for (const finding of findings) console.log(`  ${finding}`);
}
process.exit(failed ? 1 : 0);
