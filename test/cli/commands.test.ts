import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage, evaluationTransform } from "../../src/data/index.js";
import { readVectors, writeNpy } from "../../src/data/tables/index.js";
import { decodeModel } from "../../src/onnx/index.js";
import { Random } from "../../src/rng/index.js";
import { writePictures } from "../train/pictures.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
let folder: string;
let pictures: string;
let run: string;

function simile(...words: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...words], { encoding: "utf8", cwd: folder });
}

/** The note that a model carries on how to prepare its inputs. */
async function modelNote(path: string): Promise<string> {
  return decodeModel(await readFile(path)).metadataProps.find(({ key }) => key === "simile")!.value;
}

const small = [
  "--steps",
  "6",
  "--batchSize",
  "8",
  "--image.size",
  "16",
  "--backbone.width",
  "8",
  "--head.dimension",
  "8",
];
const settings = [...small, "--sampler.samplesPerClass", "2", "--validation.every", "3"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-cli-"));
  pictures = join(folder, "pictures");
  run = join(folder, "run");
  await writePictures(pictures, 12, 4);
  await writeFile(join(pictures, "class-00", "broken.png"), "no picture");
  const { status, stderr } = simile("train", pictures, "--out", run, ...settings);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("train", () => {
  test("leaves every artefact, and lists the damaged file", async () => {
    for (const file of [
      "config.yaml",
      "events.jsonl",
      "checkpoints/last.safetensors",
      "checkpoints/best.safetensors",
      "model.onnx",
      "metrics.json",
      "report.html",
    ]) {
      expect(existsSync(join(run, file)), file).toBe(true);
    }
    expect(await readFile(join(run, "report.html"), "utf8")).toContain("class-00/broken.png");
    const metrics = JSON.parse(await readFile(join(run, "metrics.json"), "utf8"));
    expect(Object.keys(metrics.baselines)).toEqual(["untrained", "raw pixels"]);
    expect(metrics.trained["MAP@R"]).toBeGreaterThan(0);
  });

  test("the model runs in plain ONNX Runtime and gives the embeddings of `embed`", async () => {
    const out = join(folder, "all.npy");
    expect(simile("embed", run, pictures, "--out", out).status).toBe(0);
    const session = await InferenceSession.create(join(run, "model.onnx"));
    const { input } = JSON.parse(await modelNote(join(run, "model.onnx")));
    const file = join(pictures, "class-03", "1.png");
    const picture = await decodeImage({ kind: "encoded", bytes: await readFile(file) }, file, {
      shorterSide: input.workingSide,
    });
    const pixels = new Uint8Array(16 * 16 * 3);
    evaluationTransform({ size: input.size, cropShare: input.crop }).apply(picture, new Random(0), pixels);
    const { embedding } = await session.run({ image: new Tensor("uint8", pixels, [1, 16, 16, 3]) });
    expect(embedding!.dims).toEqual([1, 8]);
    const bytes = await readFile(out);
    expect(bytes.subarray(1, 6).toString()).toBe("NUMPY");
    expect(bytes.toString("latin1")).toContain("(48, 8)");
    const names = (await readFile(join(folder, "all.names.jsonl"), "utf8")).trim().split("\n");
    const row = names.findIndex((line) => JSON.parse(line).name === "class-03/1.png");
    const { vectors } = await readVectors(out);
    const written = [...vectors.subarray(row * 8, (row + 1) * 8)];
    written.forEach((value, i) => expect(value).toBeCloseTo(Number(embedding!.data[i]), 5));
  });

  test("prints one JSON object a line with --json", () => {
    const { stdout } = simile("train", pictures, "--json", "--out", join(folder, "json"), ...settings);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(events).toEqual(expect.arrayContaining(["start", "step", "validation", "checkpoint", "test", "done"]));
  });

  test("stops after the step at SIGINT, and goes on with --resume", async () => {
    const out = join(folder, "stopped");
    const child = spawn(
      process.execPath,
      [main, "train", pictures, "--json", "--out", out, ...settings, "--steps", "4000"],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const types: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line);
      types.push(event.type);
      if (event.type === "step" && event.step === 5) child.kill("SIGINT");
    }
    expect(await exited).toBe(130);
    expect(types.at(-1)).toBe("stopped");
    expect(types.filter((type) => type === "step").length).toBeLessThan(4000);
    expect(existsSync(join(out, "checkpoints/last.safetensors"))).toBe(true);
    const config = await readFile(join(out, "config.yaml"), "utf8");
    await writeFile(join(out, "config.yaml"), config.replace("steps: 4000", "steps: 30"));
    const { status, stdout } = simile("train", "--resume", out);
    expect(status).toBe(0);
    expect(stdout).toMatch(/going on from step \d+/);
  });

  test.each([
    [["train", "nowhere"], "nowhere: expected a folder"],
    [["train", "demo", "--loss.alpah", "2"], "did you mean loss.alpha?"],
    [["train", "pictures", "--out", "pictures/class-00/broken.png"], "expected a folder, received ENOTDIR"],
    [["evaluate", "nowhere"], "nowhere: expected the folder of a finished training run"],
    [["evaluate", "run/model.onnx"], "expected the folder of a run, or a model and a data set"],
    [["evaluate", "run", "--part", "half"], "argument 'half' is invalid. Allowed choices are train, validation, test"],
    [["evaluate"], "missing required argument 'run'"],
    [["embed", "nowhere", "demo", "--out", "x.txt"], "--out: expected a file ending in .parquet or .npy"],
    [
      ["search", "run", "pictures/class-00", "--index", "pictures"],
      "expected a picture to search with, received EISDIR",
    ],
    [["search", "run", "x.png", "--index", "pictures", "-k", "0"], "-k: expected a whole number from 1, received 0"],
    [["serach"], "unknown command 'serach' (Did you mean search?)"],
    [["help", "serach"], "unknown command 'serach'"],
  ])("%j is one clear line", (words, message) => {
    const { status, stderr, stdout } = simile(...words);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/^simile: /);
    expect(stdout).toBe("");
    expect(status).toBe(1);
  });

  test.each([
    [["train", "nowhere"], "unknown-source"],
    [["evaluate"], "wrong-arguments"],
    [["evaluate", "run", "--part", "half"], "wrong-arguments"],
  ])("%j --json is one object", (words, code) => {
    const { status, stderr } = simile(...words, "--json");
    const { error } = JSON.parse(stderr);
    expect(error.code).toBe(code);
    expect(error.message).not.toBe("");
    expect(status).toBe(1);
  });

  test("words after -- are data, and no flags", () => {
    expect(simile("train", ...settings, "--out", "dashed", "--", "--odd").stderr).toContain("--odd: expected a folder");
  });

  test("stops at SIGINT with a line that says how to go on", async () => {
    const words = [main, "train", pictures, "--out", "two words", ...settings, "--steps", "4000"];
    const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.includes("items/s")) child.kill("SIGINT");
    }
    expect(await exited).toBe(130);
    expect(lines.at(-1)).toMatch(/^stopped at step \d+; continue with: simile train --resume 'two words'$/);
  });

  test("a reader that leaves stops the run with a checkpoint", async () => {
    const words = [main, "train", pictures, "--json", "--out", "left", ...settings, "--steps", "4000"];
    const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let complaints = "";
    child.stderr.on("data", (text) => {
      complaints += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await exited).toBe(130);
    expect(complaints).toBe("");
    expect(existsSync(join(folder, "left", "checkpoints/last.safetensors"))).toBe(true);
  });

  test("leaves no folder behind when the data cannot be opened", () => {
    const out = join(folder, "never");
    expect(simile("train", join(folder, "nowhere"), "--out", out).status).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  test("refuses a folder that holds a run", () => {
    expect(simile("train", pictures, "--out", run, ...settings).stderr).toContain("expected a new or empty folder");
  });
});

test("evaluate scores the part kept aside, and other data", () => {
  const aside = JSON.parse(simile("evaluate", run, "--json").stdout);
  expect(aside.items).toBe(24);
  const trained = JSON.parse(simile("evaluate", run, pictures, "--json").stdout);
  expect(trained.items).toBe(48);
  expect(trained.scores.map(({ name }: { name: string }) => name)).toContain("MAP@R");
});

test("evaluate agrees with what training reported", async () => {
  const metrics = JSON.parse(await readFile(join(run, "metrics.json"), "utf8"));
  const { scores } = JSON.parse(simile("evaluate", run, "--json").stdout);
  const of = (name: string) => scores.find((score: { name: string }) => score.name === name).mean;
  expect(of("MAP@R")).toBeCloseTo(metrics.trained["MAP@R"], 6);
});

test("search finds a picture itself first, in a folder and in a file of embeddings", () => {
  const query = join(pictures, "class-03", "1.png");
  const index = join(folder, "index.parquet");
  expect(simile("embed", run, pictures, "--out", index).status).toBe(0);
  for (const source of [pictures, index]) {
    const [{ results }] = JSON.parse(simile("search", run, query, "--index", source, "-k", "3", "--json").stdout);
    expect(results).toHaveLength(3);
    expect(results[0].name).toBe("class-03/1.png");
    expect(results[0].distance).toBeCloseTo(0, 4);
  }
});

test("an approximate search tells how much it finds", () => {
  const query = join(pictures, "class-03", "1.png");
  const search = ["search", run, query, "--index", pictures, "-k", "3", "--approximate"];
  const [{ results, recall }] = JSON.parse(simile(...search, "--json").stdout);
  expect(results[0].name).toBe("class-03/1.png");
  expect(recall).toBeGreaterThan(0.9);
  expect(simile(...search).stdout).toMatch(/^approximate: finds \d+\.\d % of the 3 nearest/m);
});

test("a calibrated threshold marks the results of a search", async () => {
  const query = join(pictures, "class-03", "1.png");
  const search = ["search", run, query, "--index", pictures, "-k", "48", "--json"];
  expect(simile(...search, "--matches").stderr).toContain("simile calibrate --save");
  const { threshold, saved } = JSON.parse(
    simile("calibrate", run, pictures, "--fmr", "0.1", "--save", "--json").stdout,
  );
  expect(saved).toBe(join(run, "calibration.json"));
  const [{ results }] = JSON.parse(simile(...search).stdout);
  for (const { distance, match } of results) expect(match).toBe(distance <= threshold.value);
  const [{ results: matches }] = JSON.parse(simile(...search, "--matches").stdout);
  expect(matches).toEqual(results.filter(({ match }: { match: boolean }) => match));
  expect(matches.length).toBeGreaterThan(0);
  expect(matches.length).toBeLessThan(48);
  expect(simile("search", run, query, "--index", pictures, "--matches").stdout).toMatch(/ same$/m);
  await rm(saved);
});

test("a run is analysed, and compared with its own embeddings", () => {
  const index = join(folder, "aside.parquet");
  expect(simile("embed", run, pictures, "--out", index).status).toBe(0);
  const analysis = JSON.parse(simile("analyse", run, pictures, "--json").stdout);
  expect(analysis).toMatchObject({ items: 48, classes: 12, dimension: 8 });
  const { metrics } = JSON.parse(simile("compare", run, index, "--data", pictures, "--json").stdout);
  expect(metrics[0].systems[1].difference.value).toBeCloseTo(0, 6);
});

test("a run that keeps lengths is scored by the distance it was trained with", async () => {
  const out = join(folder, "lengths");
  expect(simile("train", pictures, "--out", out, ...settings, "--no-head.normalize").status).toBe(0);
  const metrics = JSON.parse(await readFile(join(out, "metrics.json"), "utf8"));
  const { scores, distance } = JSON.parse(simile("evaluate", out, "--json").stdout);
  expect(distance).toBe("euclidean");
  const score = scores.find(({ name }: { name: string }) => name === "MAP@R");
  expect(score.mean).toBeCloseTo(metrics.trained["MAP@R"], 6);
});

test("what cannot be read is named, and the rest is used", async () => {
  const { skipped, items } = JSON.parse(simile("embed", run, pictures, "--out", "new/rows.npy", "--json").stdout);
  expect(items).toBe(48);
  expect(skipped).toMatchObject([{ name: "class-00/broken.png" }]);
  const queries = [join("pictures", "class-00", "broken.png"), join("pictures", "class-01", "0.png")];
  const search = ["search", run, ...queries, "--index", "new/rows.npy", "-k", "100"];
  const [good, bad] = JSON.parse(simile(...search, "--json").stdout);
  expect(good.results).toHaveLength(48);
  expect(Math.min(...good.results.map(({ distance }: { distance: number }) => distance))).toBeGreaterThanOrEqual(0);
  expect(bad).toMatchObject({ query: queries[0], results: [] });
  const { stdout } = simile(...search);
  expect(stdout).toContain(`left out ${queries[0]}`);
  expect(stdout).toMatch(/^ 1\. class-01\/0\.png +class-01 +0\.0000$/m);
});

test("an index of another dimension is refused", async () => {
  await writeNpy(join(folder, "four.npy"), new Float32Array(12), [3, 4]);
  const query = join("pictures", "class-01", "0.png");
  expect(simile("search", run, query, "--index", "four.npy").stderr).toContain(
    "four.npy: expected embeddings of 8 numbers, as this model makes them, received 4 numbers a row",
  );
});

test("export writes a smaller form and shows what it costs", () => {
  const { status, stdout, stderr } = simile("export", run, "--precision", "int8-dynamic");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/float32 +.* MB +\d+\.\d.*\nint8-dynamic +.* MB +\d+\.\d/);
  expect(existsSync(join(run, "model.int8-dynamic.onnx"))).toBe(true);
  expect(simile("export", run, "--precision", "int4").stderr).toContain(
    "--precision: expected one of float16, int8, int8-dynamic, received int4",
  );
  expect(simile("export", join(folder, "nowhere"), "--precision", "float16").stderr).toContain(
    "a finished training run",
  );
});

test("doctor and help", () => {
  const findings = JSON.parse(simile("doctor", "--json").stdout);
  expect(findings.ready).toBe(true);
  for (const command of [
    "train",
    "evaluate",
    "compare",
    "calibrate",
    "analyse",
    "embed",
    "search",
    "datasets",
    "doctor",
  ]) {
    const { stdout, status } = simile(command, "--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/Examples?:\n/);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(simile("help", command).stdout).toBe(stdout);
  }
});

test("help loads no native library, so that it appears at once", () => {
  const native =
    "process.report.getReport().sharedObjects.filter((path) => /onnxruntime|sharp|vips/.test(path)).length";
  const loaded = (...words: string[]) => {
    const script = `process.on("exit", () => console.error(${native}));
      process.argv = ["node", ...${JSON.stringify(words)}];
      await import(${JSON.stringify(main)});`;
    return Number(spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).stderr);
  };
  expect(loaded("--help")).toBe(0);
  expect(loaded("evaluate", "--help")).toBe(0);
  expect(loaded("doctor")).toBeGreaterThan(0);
});

test("a closed pipe is no failure", () => {
  const { stderr, status } = spawnSync(
    "bash",
    ["-c", `set -o pipefail; "${process.execPath}" "${main}" train --help | head -1`],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("datasets NAME tells what belongs to a published data set, and names the known ones when there is none", () => {
  const { stdout, status } = simile("datasets", "cars196");
  expect(status).toBe(0);
  expect(stdout).toContain("car_ims/ (in car_ims.tgz): 16,185 JPEG files");
  expect(stdout).toContain("crop=false");
  expect(JSON.parse(simile("datasets", "lfw", "--json").stdout)).toMatchObject({ name: "lfw", classes: 5749 });
  const unknown = simile("datasets", "carz");
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain("cars196");
});
