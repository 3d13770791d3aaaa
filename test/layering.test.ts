import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../src", import.meta.url));

const base = ["errors", "registry", "rng", "linalg", "stats"];
const language = [...base, "graph", "ops", "grad"];
const parts = [...language, "distances", "relations", "reducers", "regularizers"];
const core = [...parts, "losses", "miners", "nn", "optim", "onnx", "run", "data"];

/** What each folder may import besides itself. A folder that is not here yet must be added with its place in the house. */
const allowed: Record<string, readonly string[]> = {
  errors: [],
  registry: ["errors"],
  rng: [],
  linalg: ["errors"],
  stats: ["errors", "linalg"],
  graph: ["errors"],
  ops: ["errors", "graph"],
  grad: ["errors", "graph", "ops"],
  onnx: ["errors", "graph", "ops", "grad"],
  run: ["errors", "rng", "graph", "ops", "grad", "onnx"],
  nn: language,
  optim: language,
  distances: language,
  reducers: language,
  relations: [...language, "distances"],
  regularizers: [...language, "distances", "reducers", "relations"],
  losses: [...parts, "miners"],
  miners: parts,
  data: base,
  evaluate: [...language, "run", "data"],
  report: [...base, "evaluate"],
  train: [...core, "evaluate", "report"],
  protocol: [...core, "evaluate", "report", "train"],
  profile: [...core, "report", "train"],
  cli: [...core, "evaluate", "report", "train", "protocol", "profile"],
};

/** Files where the only import of ONNX Runtime may stand. */
const runtimeFolder = "run";

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const folder = file.split(sep)[0]!;
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map((match) => ({ file, folder, target: match[1]! }));
}

const files = (readdirSync(root, { recursive: true }) as string[]).filter(
  (file) => file.endsWith(".ts") && file.includes(sep),
);
const imports = files.flatMap(importsOf);

function targetFolder({ file, target }: Import): string | undefined {
  if (!target.startsWith(".")) return undefined;
  return normalize(relative(root, join(root, dirname(file), target))).split(sep)[0];
}

test("folders import only what the design allows", () => {
  expect(files.length).toBeGreaterThan(30);
  const wrong = imports.flatMap((entry) => {
    const target = targetFolder(entry);
    if (target === undefined || target === entry.folder || allowed[entry.folder]?.includes(target)) return [];
    return [`${entry.file} imports ${target}/`];
  });
  expect(wrong).toEqual([]);
});

test("only run/ imports ONNX Runtime, and only data/ and cli/ import sharp", () => {
  const wrong = imports.filter(
    ({ folder, target }) =>
      (target.startsWith("onnxruntime") && folder !== runtimeFolder) ||
      (target === "sharp" && !["data", "cli"].includes(folder)),
  );
  expect(wrong).toEqual([]);
});

test("no file is longer than 400 lines", () => {
  const long = files.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 401);
  expect(long).toEqual([]);
});
