/**
 * Memory of large batches: `npm run gradient-cache-memory -- [--loss multi-similarity]`.
 *
 * Each row is a process of its own that trains conv4 at 48 px for three steps on made-up images; its peak is that of the
 * whole process. Gradient caching (option `pieceSize`) must take a batch of 4,096 with the activations of 128; what
 * grows with the batch is the images themselves and the loss's own B x B.
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

const { values } = parseArgs({
  options: {
    loss: { type: "string", default: "multi-similarity" },
    batch: { type: "string" },
    piece: { type: "string" },
  },
});
const SIZE = 48;
const PER_CLASS = 4;

/** Peak memory of this process so far, in MB. */
function peakMB(): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024);
  } catch {
    return Math.round(process.resourceUsage().maxRSS / 1024);
  }
}

async function measure(batchSize: number, pieceSize: number | undefined): Promise<void> {
  const config = parseConfig({ batchSize, pieceSize, image: { size: SIZE }, loss: values.loss });
  const { mean, deviation, channels, range } = config.image;
  const input: ModelInput = { kind: "image", size: SIZE, crop: 1, workingSide: SIZE, channels, range, mean, deviation };
  const objective = createObjective(config, { classes: 100, dimension: 128, positivesPerQuery: PER_CLASS - 1 });
  const trainer = await createTrainer(config, createModel(config, input), objective, {}, new Random(1));
  const random = new Random(2);
  const x = Uint8Array.from({ length: batchSize * SIZE * SIZE * 3 }, () => random.integer(256));
  const labels = BigInt64Array.from({ length: batchSize }, (_, i) => BigInt(Math.floor(i / PER_CLASS) % 100));
  const start = performance.now();
  for (let step = 0; step < 3; step++) await trainer.step({ x, labels }, 1e-3, random.fork(`${step}`));
  const milliseconds = (performance.now() - start) / 3;
  console.log(JSON.stringify({ peakMB: peakMB(), milliseconds }));
  await trainer.release();
}

if (values.batch !== undefined) await measure(Number(values.batch), values.piece ? Number(values.piece) : undefined);
else {
  console.log("batch  pieces of  peak MB  ms an image");
  for (const [batch, piece] of [[128], [512], [512, 128], [4096, 128]] as const) {
    const script = fileURLToPath(import.meta.url);
    const args = ["--import", "tsx", script, "--loss", values.loss, "--batch", `${batch}`];
    const child = spawnSync(process.execPath, [...args, ...(piece ? ["--piece", `${piece}`] : [])], {
      encoding: "utf8",
    });
    if (child.status !== 0) throw new Error(child.stderr);
    const result = JSON.parse(child.stdout) as { peakMB: number; milliseconds: number };
    const cells = [`${batch}`.padStart(5), `${piece ?? "whole"}`.padStart(9), `${result.peakMB}`.padStart(7)];
    console.log(`${cells.join("  ")}  ${(result.milliseconds / batch).toFixed(2).padStart(10)}`);
  }
}
