import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import { parseConfig, type TrainEvent, type TrainOptions, train } from "../../src/train/index.js";

let folder: string;
const groups = 240;

/**
 * Items `a<g>` and `b<g>` of a group agree in the first two of eight numbers, which say which of four kinds they are; the
 * rest is noise. Pairs of one group are alike, those of neighbouring groups, two and two, are not.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-pairs-"));
  const random = new Random(2);
  const kind = (g: number) => g % 4;
  const vector = (g: number) => {
    const angle = (2 * Math.PI * kind(g)) / 4;
    return [3 * Math.cos(angle), 3 * Math.sin(angle), ...Array.from({ length: 6 }, () => 2 * random.normal())];
  };
  const items = Array.from({ length: groups }, (_, g) =>
    ["a", "b"].map((side) => ({ id: `${side}${g}`, embedding: vector(g) })),
  );
  await writeFile(
    join(folder, "items.jsonl"),
    items
      .flat()
      .map((item) => `${JSON.stringify(item)}\n`)
      .join(""),
  );
  const alike = items.map((_, g) => `a${g},b${g},1`);
  const unlike = items.map((_, g) => `a${g},b${g ^ 1},0`);
  await writeFile(join(folder, "pairs.csv"), `id_a,id_b,alike\n${[...alike, ...unlike].join("\n")}\n`);
  await writeFile(join(folder, "alike.csv"), `${alike.map((line) => line.replace(",1", "")).join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function configuration(options: TrainOptions) {
  return parseConfig({
    data: join(folder, "items.jsonl"),
    pairs: join(folder, "pairs.csv"),
    steps: 60,
    batchSize: 16,
    backbone: { name: "mlp", hidden: [] },
    head: { dimension: 4 },
    validation: { every: 20 },
    optimizer: { learningRate: 0.01 },
    threads: 1,
    ...options,
  });
}

async function run(options: TrainOptions, out: string, resume = false): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  const where = { folder: join(folder, out), resume, overwrite: true };
  for await (const event of train(configuration(options), where)) events.push(event);
  return events;
}

function testOf(events: readonly TrainEvent[]) {
  const found = events.find((event) => event.type === "test");
  if (found?.type !== "test") throw new Error("no test");
  return found;
}

describe("a run with pairs", () => {
  test("learns what makes pairs alike, and is judged on pairs it never saw", async () => {
    const events = await run({}, "pairs");
    const { trained, baselines, threshold } = testOf(events);
    expect(trained.AUC).toBeGreaterThan(0.95);
    expect(baselines["input vectors, cosine"]!.AUC).toBeLessThan(0.85);
    expect(trained.accuracy).toBeGreaterThan(0.85);
    // Without classes nobody knows all that is alike, so retrieval is not judged.
    expect(Object.keys(trained)).toEqual(["AUC", "accuracy"]);
    const metrics = JSON.parse(await readFile(join(folder, "pairs", "metrics.json"), "utf8"));
    expect(metrics.threshold).toBe(threshold);
    const start = events.find((event) => event.type === "start");
    const { pairs } = start!.type === "start" ? start!.data : { pairs: undefined };
    const sum = (key: "alike" | "unlike") => pairs!.train[key] + pairs!.validation[key] + pairs!.test[key];
    expect(sum("alike")).toBe(groups);
    expect(sum("unlike") + pairs!.acrossParts).toBe(groups);
  });

  test("of alike pairs alone takes the rest of a batch as negatives, and judges retrieval too", async () => {
    const { trained } = testOf(await run({ pairs: join(folder, "alike.csv") }, "alike"));
    expect(trained.AUC).toBeGreaterThan(0.75);
    expect(trained["MAP@R"]).toBeGreaterThan(0);
  });

  test("stopped and resumed ends with the same bits", async () => {
    await run({}, "whole");
    const stop = new AbortController();
    for await (const event of train(configuration({}), { folder: join(folder, "broken"), signal: stop.signal })) {
      if (event.type === "step" && event.step === 27) stop.abort();
    }
    await run({}, "broken", true);
    const model = (name: string) => readFile(join(folder, name, "model.onnx"));
    expect((await model("broken")).equals(await model("whole"))).toBe(true);
  });

  test("a loss that needs classes is refused before anything is written", async () => {
    await expect(run({ loss: "arcface" }, "refused")).rejects.toMatchObject({ code: "loss-needs-classes" });
    await expect(readFile(join(folder, "refused", "config.yaml"))).rejects.toThrow("ENOENT");
  });

  test("pairs that cannot be divided are an error that says so", async () => {
    const chain = Array.from({ length: groups - 1 }, (_, g) => `a${g},a${g + 1}`).join("\n");
    await writeFile(join(folder, "chain.csv"), chain);
    await expect(run({ pairs: join(folder, "chain.csv") }, "chain")).rejects.toMatchObject({ code: "empty-part" });
  });
});
