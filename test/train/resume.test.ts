import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.js";
import { writePictures } from "./pictures.js";

const library = new URL("../../dist/train/index.js", import.meta.url).href;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-resume-"));
  await writePictures(join(folder, "pictures"), 12, 4);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = {
  steps: 24,
  batchSize: 8,
  image: { size: 16 },
  backbone: { name: "conv4", width: 8 },
  head: { dimension: 8 },
  sampler: { name: "m-per-class", samplesPerClass: 2 },
  validation: { every: 4 },
  threads: 1,
};

/** A separate process that trains and prints each event as a line. */
function trainProcess(out: string, resume: boolean, special: object): ChildProcess {
  const config = { ...options, ...special, data: join(folder, "pictures") };
  const script = `import { parseConfig, train } from ${JSON.stringify(library)};
    for await (const event of train(parseConfig(${JSON.stringify(config)}), ${JSON.stringify({ folder: out, resume })})) console.log(JSON.stringify(event));`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
}

/** Runs to the end, or until `until` says to kill without warning. */
async function run(
  out: string,
  resume: boolean,
  special: object,
  until: (event: { type: string; step?: number }) => boolean = () => false,
): Promise<number | null> {
  const child = trainProcess(out, resume, special);
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  for await (const line of createInterface({ input: child.stdout! }))
    if (until(JSON.parse(line))) child.kill("SIGKILL");
  return exited;
}

test.each([
  ["an average of the parameters", { average: 0.5 }],
  ["stages that begin to learn one by one", { freeze: "all", unfreezeEvery: 5, average: 0.5 }],
  [
    "proxies, a bank of embeddings and momentum",
    { loss: "proxy-anchor", sampler: "greedy-coreset", optimizer: { name: "sgd" } },
  ],
])("a killed and resumed run ends with the same bits as one that was never stopped, with %s", async (name, special) => {
  const whole = join(folder, `whole ${name}`);
  const broken = join(folder, `broken ${name}`);
  expect(await run(whole, false, special)).toBe(0);
  expect(await run(broken, false, special, (event) => event.type === "step" && event.step === 6)).toBe(null);
  expect(await run(broken, true, special)).toBe(0);
  const read = async (run: string, file: string) =>
    decodeCheckpoint(await readFile(join(run, "checkpoints", file)), file);
  for (const file of ["last.safetensors", "best.safetensors"]) {
    const [a, b] = [await read(whole, file), await read(broken, file)];
    expect([...b.tensors.keys()]).toEqual([...a.tensors.keys()]);
    for (const [name, values] of a.tensors) expect(b.tensors.get(name), name).toEqual(values);
  }
  const model = async (run: string) => readFile(join(run, "model.onnx"));
  expect((await model(broken)).equals(await model(whole))).toBe(true);
  const scores = async (run: string) => {
    const { seconds: _, ...rest } = JSON.parse(await readFile(join(run, "metrics.json"), "utf8"));
    return rest;
  };
  expect(await scores(broken)).toEqual(await scores(whole));
});
