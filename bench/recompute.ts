/**
 * Memory and time of recomputation: `npx tsx bench/recompute.ts [resnet50:224:8 conv4:64:512 ...]`, cases being network, side
 * of the picture in pixels, and batch.
 *
 * Each row is a process of its own that trains for three steps on made-up images; its peak is that of the whole process,
 * "before" what it was when the step was compiled, and the time is that of the quickest step.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../src/rng/index.js";
import { type ModelInput, parseConfig } from "../src/train/index.js";
import { createModel } from "../src/train/model.js";
import { createObjective } from "../src/train/objective.js";
import { createTrainer } from "../src/train/trainer.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { measure: { type: "boolean", default: false }, recompute: { type: "boolean", default: false } },
});
const STEPS = 3;
const PER_CLASS = 4;

interface Measured {
  readonly peakMB: number;
  readonly beforeMB: number;
  readonly milliseconds: number;
}

/** Peak memory of this process so far, in MB. */
function peakMB(): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024);
  } catch {
    return Math.round(process.resourceUsage().maxRSS / 1024);
  }
}

async function measure(name: string, recompute: boolean): Promise<void> {
  const [backbone, side, batch] = name.split(":");
  const size = Number(side);
  const batchSize = Number(batch);
  const config = parseConfig({ batchSize, recompute, backbone, image: { size }, optimizer: { name: "sgd" } });
  const { mean, deviation, channels, range } = config.image;
  const input: ModelInput = { kind: "image", size, crop: 1, workingSide: size, channels, range, mean, deviation };
  const objective = createObjective(config, { classes: 100, dimension: 128, positivesPerQuery: PER_CLASS - 1 });
  const trainer = await createTrainer(config, createModel(config, input), objective, {}, new Random(1));
  const beforeMB = peakMB();
  const random = new Random(2);
  const x = Uint8Array.from({ length: batchSize * size * size * 3 }, () => random.integer(256));
  const labels = BigInt64Array.from({ length: batchSize }, (_, i) => BigInt(Math.floor(i / PER_CLASS) % 100));
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    await trainer.step({ x, labels }, 1e-3, random.fork(`${step}`));
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  console.log(JSON.stringify({ peakMB: peakMB(), beforeMB, milliseconds } satisfies Measured));
  await trainer.release();
}

function inOwnProcess(name: string, recompute: boolean): Measured {
  const script = fileURLToPath(import.meta.url);
  const args = ["--import", "tsx", script, "--measure", name, ...(recompute ? ["--recompute"] : [])];
  const child = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Measured;
}

if (values.measure) await measure(positionals[0]!, values.recompute);
else {
  const cases = positionals.length > 0 ? positionals : ["resnet50:224:8", "resnet50:224:16", "conv4:64:512"];
  console.log("| network, side, batch | recompute | before, MB | peak, MB | ms a step |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const name of cases) {
    for (const recompute of [false, true]) {
      const { peakMB, beforeMB, milliseconds } = inOwnProcess(name, recompute);
      const cells = [name.replaceAll(":", ", "), recompute ? "yes" : "no", beforeMB, peakMB, Math.round(milliseconds)];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}
