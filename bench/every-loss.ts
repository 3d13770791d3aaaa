/**
 * Trains with every loss there is, under one protocol, and writes docs/every-loss.md:
 * `npm run every-loss -- [--steps 200] [--seeds 1] [--data demo] [loss ...]`.
 *
 * The same network, data, sampler, optimiser and number of steps for all, each loss with its published defaults; nothing is
 * tuned for any of them, so the order says little about what they could do. It shows that each one learns: that it
 * brings unseen classes nearer to their own kind than the network did before it was trained.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { classIndex, decodeImage, openDataset } from "../src/data/index.js";
import { SimileError } from "../src/errors/index.js";
import { losses } from "../src/losses/index.js";
import { parseConfig, type Scores, type TrainOptions, train } from "../src/train/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "demo" },
    steps: { type: "string", default: "200" },
    seeds: { type: "string", default: "1" },
    page: { type: "string", default: "docs/every-loss.md" },
  },
});
const METRICS = ["R@1", "MAP@R"] as const;
const steps = Number(values.steps);
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);

/** Side that the pictures are shrunk to, once for all runs: decoding them would else take most of the time. */
const SIDE = 32;

/** Class folders of the data set's pictures at that size, in `folder`. */
async function shrink(data: string, folder: string): Promise<string> {
  const dataset = await openDataset(data);
  if (dataset.kind !== "image") throw new Error(`${data} has no pictures`);
  const { labels } = classIndex(dataset.items);
  for (const [i, item] of dataset.items.entries()) {
    const { pixels, width, height } = await decodeImage(await item.read(), item.name, { shorterSide: SIDE });
    const classFolder = join(folder, `${labels[i]}`.padStart(5, "0"));
    await mkdir(classFolder, { recursive: true });
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(classFolder, `${i}.png`));
    if (i % 100 === 0) process.stderr.write(`\rpictures: ${i} of ${dataset.items.length} `);
  }
  return folder;
}

/** What a loss reached with one seed. */
interface Outcome {
  readonly trained: Scores;
  readonly untrained: Scores;
  readonly raw: Scores;
}

const DIMENSION = 64;

/** Losses that are nothing without options, or were published with a rate of their own. */
const told: Readonly<Record<string, object>> = {
  // Its authors teach proxies at 1e-2, a hundred times their network's rate; a hundred times this network's is too fast.
  "proxy-anchor": { name: "proxy-anchor", learningRateMultiplier: 10 / 3 },
  // The sum of squared covariances over D grows with D, and its published weight of 1 is for 8,192 dimensions.
  vicreg: { name: "vicreg", covariance: 8192 / DIMENSION },
  "weighted-sum": { name: "weighted-sum", losses: [{ loss: "triplet" }, { loss: "normalized-softmax", weight: 0.1 }] },
};
const backbone = { name: "conv4", width: 32 };

function protocol(loss: string, seed: number): TrainOptions {
  return {
    data: pictures,
    seed,
    steps,
    batchSize: 96,
    image: { size: 24, flip: 0 },
    backbone,
    head: { dimension: DIMENSION },
    optimizer: { learningRate: 3e-3 },
    validation: { every: Math.max(1, Math.floor(steps / 3)) },
    loss: told[loss] ?? loss,
  };
}

const folder = await mkdtemp(join(tmpdir(), "simile-every-loss-"));
const pictures = await shrink(values.data, join(folder, "pictures"));

async function trainOnce(loss: string, seed: number): Promise<Outcome> {
  const run = join(folder, "run");
  try {
    for await (const event of train(parseConfig(protocol(loss, seed)), { folder: run })) {
      if (event.type === "step") process.stderr.write(`\r${loss} seed ${seed}: step ${event.step} `);
      if (event.type !== "test") continue;
      const { untrained, ...others } = event.baselines;
      return { trained: event.trained, untrained: untrained!, raw: Object.values(others)[0]! };
    }
    throw new Error(`${loss} was not tested`);
  } finally {
    process.stderr.write("\r\x1b[K");
    await rm(run, { recursive: true, force: true });
  }
}

function mean(outcomes: readonly Outcome[], part: keyof Outcome, metric: string): number {
  return outcomes.reduce((sum, outcome) => sum + outcome[part][metric]!, 0) / outcomes.length;
}

const percent = (value: number) => (100 * value).toFixed(1);
const scoresOf = (outcomes: readonly Outcome[], part: keyof Outcome) =>
  METRICS.map((metric) => percent(mean(outcomes, part, metric))).join(" | ");

const results = new Map<string, Outcome[] | string>();
for (const name of positionals.length > 0 ? positionals : losses.names) {
  try {
    const outcomes: Outcome[] = [];
    for (const seed of seeds) outcomes.push(await trainOnce(name, seed));
    results.set(name, outcomes);
    console.log(`${name.padEnd(28)} ${scoresOf(outcomes, "trained")}   untrained ${scoresOf(outcomes, "untrained")}`);
  } catch (error) {
    if (!(error instanceof SimileError)) throw error;
    results.set(name, error.message);
    console.log(`${name.padEnd(28)} ${error.message}`);
  }
}

function page(): string {
  const trained = [...results].flatMap(([name, result]) =>
    typeof result === "string" ? [] : [[name, result] as const],
  );
  trained.sort(([, a], [, b]) => mean(b, "trained", "MAP@R") - mean(a, "trained", "MAP@R"));
  const all = trained.flatMap(([, outcomes]) => outcomes);
  const below = trained.filter(([, outcomes]) =>
    METRICS.some((metric) => mean(outcomes, "trained", metric) < mean(outcomes, "untrained", metric)),
  );
  const failed = [...results].filter(([, result]) => typeof result === "string");
  return `# Every loss trains

Made by \`npm run every-loss -- --data ${values.data} --steps ${steps} --seeds ${seeds.length}\`.

${trained.length} losses with their published defaults, all else equal: conv4 of width 32 at 24 px, ${DIMENSION} dimensions, batches of 96 drawn m-per-class, AdamW
at 3e-3, ${steps} steps; ${seeds.length === 1 ? "one seed" : `means of ${seeds.length} seeds`}. Scored on classes never trained on, in percent.
Two published numbers were fitted to this network: \`proxy-anchor\` teaches its proxies at 1e-2 as its authors do, and
\`vicreg\` weighs covariances by 8192 / ${DIMENSION}, because its authors' weight is for 8,192 dimensions.
Nothing was tuned for any loss, so the order is no ranking of what they can do; for that see [the protocol](protocol.md).

| loss | ${METRICS.join(" | ")} |
| --- | ${METRICS.map(() => "---:").join(" | ")} |
${trained.map(([name, outcomes]) => `| \`${name}\` | ${scoresOf(outcomes, "trained")} |`).join("\n")}
| *network before training* | ${scoresOf(all, "untrained")} |
| *raw pixels* | ${scoresOf(all, "raw")} |

Below the network before training: ${below.length === 0 ? "none" : below.map(([name]) => `\`${name}\``).join(", ")}.
${failed.map(([name, why]) => `\nNot trained: \`${name}\` (${why}).\n`).join("")}`;
}

if (positionals.length === 0) await writeFile(values.page, page());
await rm(folder, { recursive: true, force: true });
