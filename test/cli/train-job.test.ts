import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configurationHelp } from "../../src/cli/commands/train.js";
import { readConfiguration, readJob, runFolder } from "../../src/cli/train-job.js";

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-job-"));
  file = join(folder, "run.yaml");
  await writeFile(
    file,
    "data: ./shoes\nsteps: 50\nloss: triplet\nimage: {size: 32}\noptimizer:\n  groups: [{match: head, learningRateMultiplier: 2}]\n",
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("flags go over the file, the file over defaults", async () => {
  const config = await readConfiguration(["./bags", "--steps", "7", "--loss.margin", "0.3", "--image.flip", "0"], file);
  expect(config.data).toBe("./bags");
  expect(config.steps).toBe(7);
  expect(config.loss).toMatchObject({ name: "triplet", margin: 0.3 });
  expect(config.image).toMatchObject({ size: 32, flip: 0, hue: 0.02 });
  expect(config.optimizer.groups).toMatchObject([{ match: "head", learningRateMultiplier: 2 }]);
});

test("every flag of the help is one that the parser takes", async () => {
  const paths = [...configurationHelp().matchAll(/^ {2}--(\S+)/gm)].map(([, path]) => path!);
  expect(paths).toEqual(expect.arrayContaining(["steps", "image.size", "optimizer.learningRate", "loss"]));
  // Files and columns may have any name.
  const free = /^(pairs|labels|columns\..*)$/;
  for (const path of paths.filter((path) => !free.test(path))) {
    // A value that no option takes: the schema answers, not the parser.
    await expect(readConfiguration([`--${path}=?`]), path).rejects.toMatchObject({ code: "invalid-configuration" });
  }
});

test.each([
  [["--loss.alpah", "2"], /loss\.alpah: expected an option of multi-similarity.*; did you mean loss\.alpha\?/],
  [["--backbone.widht", "8"], /an option of conv4: (?!.*imageSize).*; did you mean backbone\.width\?/],
  [["--loss", "arcface", "--loss.alpha", "2"], /loss\.alpha: expected an option of arcface.*; correct or remove it/],
  [["--loss", "arcface", "--loss.classes", "2"], /loss\.classes: expected an option of arcface/],
  [["--backbone", "m.onnx", "--backbone.featurez", "x"], /backbone\.featurez: .*did you mean backbone\.features\?/],
  [["--backbone", "m.onnx", "--backbone.bytes", "x"], /backbone\.bytes: expected an option of onnx/],
  [["--backbone", "absent.onnx"], /absent\.onnx: expected the folder of a finished training run, or a model\.onnx/],
  [["--backbone", "onnx"], /backbone\.model: /],
  [["--freeze", "["], /freeze: expected none, all, stages:N or a regular expression/],
  [["--image.channels", "gbr"], /image\.channels: /],
  [["--image.sizee", "2"], /--image\.sizee: expected a known option.*; did you mean --image\.size\?/],
  [["--loss.alpha", "x"], /loss\.alpha: Invalid input: expected number, received string/],
  [["--steps", "many"], /steps: Invalid input: expected number, received string/],
  [["--loss", "triplett"], /"triplett" is not known/],
  [["a", "b"], /simile train: expected one data set, received a b/],
])("%j is named with its path", async (words, message) => {
  await expect(readConfiguration(words)).rejects.toThrow(message);
});

test.each([
  ["stpes: 3\nimage: {sizee: 2}\n", ['Unrecognized key: "stpes"', 'image: Unrecognized key: "sizee"']],
  ["optimizer: {groups: [{math: head}]}\n", ["optimizer.groups.0"]],
  ["loss: {name: triplet, alpha: 2}\n", ["loss.alpha: expected an option of triplet"]],
  ["- steps\n", ["expected a YAML file of options, received a list"]],
  ["3\n", ["received a number"]],
  ["steps: [\n", ["expected a YAML file of options"]],
])("a file %j is told what is wrong with it", async (text, messages) => {
  const path = join(folder, "wrong.yaml");
  await writeFile(path, text);
  for (const message of messages) await expect(readConfiguration([], path)).rejects.toThrow(message);
});

test("a file that is not there is told of", async () => {
  await expect(readConfiguration([], "absent.yaml")).rejects.toThrow("absent.yaml: expected a YAML file of options");
});

test("an empty file is a configuration of defaults", async () => {
  const path = join(folder, "empty.yaml");
  await writeFile(path, "");
  expect(await readConfiguration([], path)).toEqual(await readConfiguration([]));
});

test("the folder of a run is named after its data and the time", async () => {
  const time = new Date("2026-01-02T03:04:05Z");
  expect(runFolder("./photos of shoes/", time)).toBe(join("runs", "photos-of-shoes-2026-01-02-030405"));
  expect(runFolder("shoes.tar.gz", time)).toBe(join("runs", "shoes-2026-01-02-030405"));
  expect(runFolder("..", time)).toBe(join("runs", "data-2026-01-02-030405"));
  const job = await readJob([], { out: "x" });
  expect(job).toMatchObject({ folder: "x", resume: false, overwrite: false });
});

test("--resume stands alone", async () => {
  await expect(readJob([], { resume: folder, out: "x" })).rejects.toThrow("expected --resume alone, received --out");
  await expect(readJob(["--steps", "3"], { resume: folder })).rejects.toThrow("received --steps 3");
  await expect(readJob([], { resume: folder })).rejects.toThrow("expected the folder of a training run");
  await writeFile(join(folder, "config.yaml"), "steps: 12\n");
  expect(await readJob([], { resume: folder })).toMatchObject({ folder, resume: true, config: { steps: 12 } });
});
