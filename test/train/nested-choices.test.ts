import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { readConfiguration } from "../../src/cli/train-job.js";
import { loadCheckpoint, openModel, parseConfig, type TrainEvent, train } from "../../src/train/index.js";
import { writePictures } from "./pictures.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-nested-"));
  await writePictures(join(folder, "pictures"), 10, 4);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = "--steps 3 --batchSize 8 --image.size 16 --backbone.width 8 --head.dimension 8 --threads 1".split(" ");

async function run(
  words: string,
  out: string,
  data = join(folder, "pictures"),
): Promise<{ events: TrainEvent[]; path: string }> {
  const config = await readConfiguration([data, ...small, ...words.split(" ")]);
  // What the run's config.yaml holds says the same.
  expect(parseConfig(parse(stringify(config)))).toEqual(config);
  const path = join(folder, out);
  const events: TrainEvent[] = [];
  for await (const event of train(config, { folder: path })) events.push(event);
  return { events, path };
}

describe("trains with", () => {
  it.each([
    ["a distance", "--loss triplet --loss.distance lp --loss.distance.power 1"],
    ["reducers of terms", "--loss contrastive --loss.reducers.positive mean --loss.reducers.negative.name sum"],
    ["regularizers", "--loss arcface --loss.embeddingRegularizer lp --loss.classRegularizer regular-face"],
    ["a memory", "--loss cross-batch-memory --loss.loss contrastive --loss.miner pair-margin --loss.warmUpSteps 1"],
    [
      "a sum, each with its miner",
      "--loss weighted-sum --loss.losses.0.loss triplet --loss.losses.0.miner semi-hard --loss.losses.1.loss arcface --loss.losses.1.weight 0.1",
    ],
    ["a swap around a miner", "--loss margin --miner positive-swap --miner.miner semi-hard --miner.probability 0.4"],
    [
      "two streams",
      "--loss asymmetric-streams --loss.loss triplet --loss.streamDimension 4 --loss.mapRegularizer orthogonality",
    ],
    [
      "a flat spectrum",
      "--loss contrastive --loss.embeddingRegularizer spectral --loss.embeddingRegularizerWeight 0.1",
    ],
    ["a learned policy", "--loss contrastive --miner sampling-policy --miner.hidden 4"],
    ["two views", "--loss self-supervised --loss.loss nt-xent --loss.loss.temperature 0.2"],
    ["two views and labels", "--loss supcon --views 2"],
    ["two views in pieces", "--loss self-supervised --pieceSize 4 --sampler random"],
  ])("%s", async (what, words) => {
    const { events } = await run(words, what.replaceAll(" ", "-"));
    const steps = events.filter((event) => event.type === "step");
    expect(steps.map(({ loss }) => Number.isFinite(loss))).toEqual([true, true, true]);
    expect(events.at(-1)!.type).toBe("done");
  });

  it("two views, which differ", async () => {
    const { events } = await run(
      "--loss self-supervised --loss.loss contrastive --loss.loss.negativeMargin 0.000001",
      "differ",
    );
    for (const event of events) if (event.type === "step") expect(event.loss).toBeGreaterThan(1e-6);
  });

  it.each([
    ["whole batches", ""],
    ["pieces", " --pieceSize 4"],
  ])("a learned distance, whose map is part of the model (%s)", async (what, more) => {
    const words = `--loss contrastive --loss.distance mahalanobis --loss.distance.rank 5 --optimizer.learningRate 0.05${more}`;
    const { path } = await run(words, `map-${what.length}`);
    const { tensors } = await loadCheckpoint(join(path, "checkpoints/last.safetensors"));
    expect(tensors.get("loss.distance.map")).toHaveLength(5 * 8);
    const optimizer = [...tensors.keys()].filter((name) => name.startsWith("optimizer."));
    expect(optimizer.some((name) => name.includes("distance.map"))).toBe(true);
    const model = await openModel(path);
    expect([model.dimension, model.distance]).toEqual([5, "euclidean"]);
    await model.release();
  });
});

it("classes in groups, as positives of a weight", async () => {
  const classes = Array.from({ length: 10 }, (_, label) => `class-${String(label).padStart(2, "0")}`);
  const lines = classes.flatMap((name, label) =>
    [0, 1, 2, 3].map((i) => `pictures/${name}/${i}.png,${name},group-${label < 9 ? 0 : 1}`),
  );
  const listing = join(folder, "grouped.csv");
  await writeFile(listing, ["path,label,group", ...lines].join("\n"));
  const first = async (weight: number, source = listing) => {
    const words = `--loss contrastive --groupWeight ${weight}`;
    const { events } = await run(words, `grouped-${weight}-${source.length}`, source);
    return events.flatMap((event) => (event.type === "step" ? [event.loss] : []))[0]!;
  };
  expect(await first(0.5)).not.toBeCloseTo(await first(0), 4);
  await expect(first(0.5, join(folder, "pictures"))).rejects.toThrow(/group/);
});

describe("refuses", () => {
  it.each([
    ["--loss triplet --loss.distance lpp", /loss\.distance: "lpp" is not known; choose one of cosine, dot, lp/],
    ["--loss triplet --loss.distance lp --loss.distance.q 1", /loss\.distance: .*"q"; options of lp: p, power/],
    ["--loss cross-batch-memory --loss.loss.name triplet --loss.loss.marginn 1", /loss\.loss: .*"marginn"/],
    ["--loss cross-batch-memory --loss.loss.name triplet --loss.loss.margin x", /loss\.loss\.margin: Invalid input/],
    ["--loss weighted-sum --loss.losses.0.loss triplett", /loss\.losses\.0\.loss: "triplett" is not known/],
    ["--loss triplet --loss.distance mahalanobis --loss.distance.dimension 3", /loss\.distance: .*"dimension"/],
    ["--miner positive-swap --miner.miner batch-hardd", /miner\.miner: "batch-hardd" is not known/],
    ["--loss self-supervised --loss.reducer mean", /option of self-supervised/],
  ])("%s", async (words, message) => {
    await expect(readConfiguration([...small, ...words.split(" ")])).rejects.toThrow(message);
  });

  it.each([
    ["--loss triplet --loss.reducer none", /one number/],
    ["--loss self-supervised --views 1", /views: expected 2/],
    ["--loss triplet --loss.smooth true --sampler random", /m-per-class/],
  ])("%s before anything is written", async (words, message) => {
    await expect(run(words, "refused")).rejects.toThrow(message);
    await expect(openModel(join(folder, "refused"))).rejects.toThrow(/no|nothing/);
  });
});
