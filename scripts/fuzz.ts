import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/rng/index.js";
import { onnxTarget } from "./fuzz/onnx.js";
import { type FuzzResult, type FuzzTarget, fuzz } from "./fuzz/target.js";

// Feeds damaged and random bytes to everything that reads files of unknown origin:
//   node --expose-gc --import tsx scripts/fuzz.ts [target...] [--inputs 20000] [--seed 1]
// Exits with 1 when a reader threw anything but a SimileError, or took longer than the limit for one input.

/** Everything that is fuzzed: one file a target. */
const targets: readonly FuzzTarget[] = [onnxTarget];

const SLOW_MS = 5000;

function tell({ target, inputs, accepted, refused, crashes, slowestMs, totalMs, heapGrowthBytes }: FuzzResult): void {
  const megabytes = (heapGrowthBytes / 2 ** 20).toFixed(1);
  console.log(
    `${target}: ${inputs} inputs in ${(totalMs / 1000).toFixed(1)} s, ${accepted} read, ${crashes.length} crashes`,
  );
  console.log(
    `  slowest ${slowestMs.toFixed(0)} ms, heap ${megabytes} MB more, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB resident`,
  );
  for (const [code, count] of Object.entries(refused).sort((a, b) => b[1] - a[1])) console.log(`  ${code} ${count}`);
}

/** Keeps the inputs that broke a reader, each kind once. */
function keep({ target, crashes, slowest, slowestMs }: FuzzResult): void {
  const kinds = new Map(crashes.map(({ error, input }) => [error, input]));
  if (slowestMs > SLOW_MS) kinds.set(`took ${slowestMs.toFixed(0)} ms`, slowest);
  [...kinds].slice(0, 20).forEach(([error, input], i) => {
    const file = join(tmpdir(), `fuzz-${target}-${i}.bin`);
    writeFileSync(file, input);
    console.log(`  ${file}\n    ${error.replaceAll("\n", "\n    ")}`);
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const chosen = positionals.length === 0 ? targets : targets.filter(({ name }) => positionals.includes(name));
for (const target of chosen) {
  const result = await fuzz(target, Number(values.inputs), new Random(Number(values.seed)));
  tell(result);
  keep(result);
  if (result.crashes.length > 0 || result.slowestMs > SLOW_MS) process.exitCode = 1;
}
