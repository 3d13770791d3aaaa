import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readCalibration, storeCalibration } from "../../src/cli/calibration.js";
import { analyseCommand } from "../../src/cli/commands/analyse.js";
import { calibrateCommand } from "../../src/cli/commands/calibrate.js";
import { compareCommand } from "../../src/cli/commands/compare.js";
import { type EvaluateOptions, evaluateCommand } from "../../src/cli/commands/evaluate.js";
import { type JudgedRows, protocolOf } from "../../src/cli/judged.js";
import { readPairs, verify } from "../../src/cli/verification.js";
import type { Item } from "../../src/data/index.js";
import { Random } from "../../src/rng/index.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-judged-"));
  await writeFile(join(folder, "good.csv"), embeddings(0.3));
  await writeFile(join(folder, "poor.csv"), embeddings(3));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CLASSES = 24;

/** Four items of each class around a centre on a circle of that radius. */
function embeddings(noise: number, order = (names: string[]) => names): string {
  const random = new Random(2);
  const lines = Array.from({ length: 4 * CLASSES }, (_, i) => {
    const angle = (2 * Math.PI * (i % CLASSES)) / CLASSES;
    const [x, y] = [10 * Math.cos(angle) + noise * random.normal(), 10 * Math.sin(angle) + noise * random.normal()];
    return `item-${i},class-${i % CLASSES},${i < 2 * CLASSES ? "query" : "gallery"},${x},${y}`;
  });
  return ["name,label,split,x,y", ...order(lines)].join("\n");
}

/** What a command prints with --json. */
async function printed(run: () => Promise<number>): Promise<Record<string, unknown>> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    expect(await run()).toBe(0);
  } finally {
    write.mockRestore();
  }
  return JSON.parse(lines.join(""));
}

const base = { device: "cpu", part: "test", json: true, seed: "0" } as const;
const usual: EvaluateOptions = {
  ...base,
  metrics: "R@1,MAP@R,NMI,triplet-accuracy",
  far: "0.1",
  distance: "euclidean",
};
const file = (name: string) => join(folder, name);

/** A row a number for each item. */
function judged(items: readonly Partial<Item>[]): JudgedRows {
  return {
    data: Float32Array.from(items.keys()),
    dimension: 1,
    items: items.map((item, i) => ({ name: `${i}`, label: "a", ...item })),
    names: items.map(({ name }, i) => name ?? `${i}`),
    labels: items.map(({ label }) => label ?? "a"),
    skipped: [],
    source: "made up",
    distance: "euclidean",
  };
}

describe("evaluate", () => {
  test("splits called query and gallery search that way; further metrics follow", async () => {
    const result = await printed(() => evaluateCommand(file("good.csv"), undefined, usual));
    expect(result).toMatchObject({ items: 96, queries: 48, gallery: 48, lone: 0, excluded: null });
    const scores = result.scores as { name: string; mean: number }[];
    expect(scores.map(({ name }) => name)).toEqual(["R@1", "MAP@R", "NMI", "triplet-accuracy"]);
    for (const { mean } of scores) expect(mean).toBeGreaterThan(0.9);
  });

  test("pairs of a file are verified, those of other names counted", async () => {
    const pairs = file("pairs.csv");
    const line = (a: number, b: number, fold: number) =>
      `item-${a},item-${b},${Number(a % CLASSES === b % CLASSES)},${fold}`;
    const lines = Array.from({ length: 20 }, (_, i) => [line(i, i + CLASSES, i % 2), line(i, i + 5, i % 2)]).flat();
    await writeFile(pairs, ["file_a,file_b,same,fold", ...lines, "nobody,item-1,0,1"].join("\n"));
    const { verification } = await printed(() => evaluateCommand(file("good.csv"), undefined, { ...usual, pairs }));
    expect(verification).toMatchObject({
      pairs: 40,
      same: 20,
      missing: 1,
      auc: 1,
      eer: 0,
      accuracy: { mean: 1, folds: 2 },
    });
  });

  test("pairs may leave out folders, unless two items end alike", async () => {
    const names = ["x/a/1.jpg", "x/a/2.jpg", "x/b/1.jpg"];
    const rows = judged(names.map((name) => ({ name })));
    const pairs = async (...lines: string[]) => {
      await writeFile(file("ends.csv"), ["first,second,same", ...lines].join("\n"));
      return verify(rows, await readPairs(file("ends.csv")), []);
    };
    expect(await pairs("a/1.jpg,a/2.jpg,1", "b/1.jpg,x/a/2.jpg,0")).toMatchObject({ pairs: 2, missing: 0 });
    expect(await pairs("a/1.jpg,2.jpg,1", "b/1.jpg,2.jpg,0", "1.jpg,2.jpg,0")).toMatchObject({ pairs: 2, missing: 1 });
    await expect(pairs("1.jpg,3.jpg,1")).rejects.toThrow("1 pairs of other names");
  });

  test.each([
    [{ metrics: "R@1,MAP@Z" }, "expected one of P@K"],
    [{ far: "0,1" }, "--far: expected a share between 0 and 1, received 0"],
    [{ pairs: true as const }, "expected data with a verification protocol"],
  ])("%j is one clear error", async (change, message) => {
    await expect(evaluateCommand(file("good.csv"), undefined, { ...usual, ...change })).rejects.toThrow(message);
  });

  test("a file of embeddings takes no data", async () => {
    await expect(evaluateCommand(file("good.csv"), "demo", usual)).rejects.toThrow("a file of embeddings alone");
  });

  test("a file of pairs without its columns, or with another word for true, is named", async () => {
    await writeFile(file("wrong.csv"), "a,b\n1,2");
    await expect(readPairs(file("wrong.csv"))).rejects.toThrow("columns first, second and same");
    await writeFile(file("odd.csv"), "first,second,same\nx,y,maybe");
    await expect(readPairs(file("odd.csv"))).rejects.toThrow("line 2: expected 1 or 0");
  });
});

describe("protocolOf", () => {
  test("roles decide who searches whom; parts without roles take no part; an item without one is both", () => {
    const rows = judged([
      { split: "train" },
      { split: "test", role: "query" },
      { split: "test", role: "gallery" },
      { split: "test" },
    ]);
    const { queries, gallery, queryRows } = protocolOf(rows, undefined);
    expect([...queryRows]).toEqual([1, 3]);
    expect([...queries.data]).toEqual([1, 3]);
    expect([...gallery!.data]).toEqual([2, 3]);
  });

  test("cameras exclude by default, and can be let be; an item without one meets everybody", () => {
    const rows = judged([{ camera: "c1" }, { camera: "c2" }, { camera: "c1" }, {}, {}]);
    const { queries, excludeGroup } = protocolOf(rows, undefined);
    expect(excludeGroup).toBe("same-class");
    expect(queries.groups![0]).toBe(queries.groups![2]);
    expect(new Set(queries.groups).size).toBe(4);
    expect(protocolOf(rows, undefined, "none")).not.toHaveProperty("excludeGroup");
    expect(protocolOf(judged([{ group: "g" }, { group: "g" }]), undefined, "sequence").excludeGroup).toBe("any-class");
  });

  test("queries without a gallery are refused", () => {
    expect(() => protocolOf(judged([{ role: "query" }]), undefined)).toThrow("queries and a gallery");
  });
});

describe("compare", () => {
  const options = { ...base, distance: "euclidean", metrics: "R@1,MAP@R" } as const;

  test("tells the better of two files on the same queries, in any order of rows, with a report", async () => {
    await writeFile(
      file("turned.csv"),
      embeddings(0.3, (lines) => lines.reverse()),
    );
    const report = file("compared.html");
    const result = await printed(() => compareCommand([file("poor.csv"), file("turned.csv")], { ...options, report }));
    expect(result).toMatchObject({ queries: 48, classes: 24 });
    const [{ systems }] = result.metrics as [
      { systems: { name: string; difference: { low: number; adjustedPValue: number } }[] },
    ];
    expect(systems.map(({ name }) => name)).toEqual(["poor.csv", "turned.csv"]);
    expect(systems[1]!.difference.low).toBeGreaterThan(0.1);
    expect(systems[1]!.difference.adjustedPValue).toBeLessThan(0.01);
    expect(await readFile(report, "utf8")).toContain("turned.csv");
  });

  test("the same file twice differs by nothing", async () => {
    const result = await printed(() => compareCommand([file("good.csv"), file("good.csv")], options));
    const [{ systems }] = result.metrics as [
      { systems: { name: string; difference: { value: number; pValue: number } }[] },
    ];
    expect(systems[1]).toMatchObject({ name: "good.csv (2)", difference: { value: 0, pValue: 1 } });
  });

  test("one system, metrics without queries, and other items are refused", async () => {
    await expect(compareCommand([file("good.csv")], options)).rejects.toThrow("two systems or more");
    const both = [file("good.csv"), file("other.csv")];
    await expect(compareCommand(both, { ...options, metrics: "NMI" })).rejects.toThrow("a value for each query");
    await writeFile(file("other.csv"), embeddings(0.3).replace("item-5,", "item-x,"));
    await expect(compareCommand(both, options)).rejects.toThrow("received no item-5");
    await writeFile(file("other.csv"), embeddings(0.3).replace("item-5,class-5", "item-5,class-6"));
    await expect(compareCommand(both, options)).rejects.toThrow("another class for item-5");
  });
});

describe("calibrate", () => {
  const options = { ...base, distance: "euclidean", fmr: "0.01" } as const;

  test("finds a threshold between the classes", async () => {
    const result = await printed(() => calibrateCommand(file("good.csv"), undefined, options));
    expect(result).toMatchObject({ supported: true, classes: 24, samePairs: 144, falseMatches: 44 });
    const { threshold } = result as { threshold: { low: number; value: number; high: number } };
    expect(threshold.low).toBeLessThan(threshold.value);
    expect(threshold.high).toBeGreaterThan(threshold.value);
  });

  test("a rate that is none, and --save without a model, are refused", async () => {
    await expect(calibrateCommand(file("good.csv"), undefined, { ...options, fmr: "2" })).rejects.toThrow("--fmr");
    await expect(calibrateCommand(file("good.csv"), undefined, { ...options, save: true })).rejects.toThrow(
      "a run or a model",
    );
  });

  test("what is kept with a run is read for its distance only, and damage is named", async () => {
    const calibration = {
      distance: "cosine",
      threshold: 0.4,
      low: 0.3,
      high: 0.5,
      falseMatchRate: 0.01,
      observedRate: 0.01,
      trueMatchRate: 0.9,
      supported: true,
      data: "demo",
    } as const;
    expect(await readCalibration(folder, "cosine")).toBeUndefined();
    const path = await storeCalibration(folder, calibration);
    expect(await readCalibration(folder, "cosine")).toEqual(calibration);
    expect(await readCalibration(folder, "euclidean")).toBeUndefined();
    await writeFile(path, "{}");
    await expect(readCalibration(folder, "cosine")).rejects.toThrow("calibrate again");
  });
});

test("analyse tells geometry, worst and confused classes, and writes a page", async () => {
  const report = file("analysis.html");
  const result = await printed(() =>
    analyseCommand(file("poor.csv"), undefined, { ...base, distance: "euclidean", report }),
  );
  expect(result).toMatchObject({ items: 96, classes: 24, dimension: 2 });
  expect((result.perClass as unknown[]).length).toBe(24);
  const [confused] = result.confused as { from: string; to: string; share: number }[];
  // Neighbours on the circle are taken for each other.
  const steps = (Number(confused!.from.slice(6)) - Number(confused!.to.slice(6)) + CLASSES) % CLASSES;
  expect([1, 2, CLASSES - 2, CLASSES - 1]).toContain(steps);
  const page = await readFile(report, "utf8");
  for (const title of ["Geometry", "Retrieval by class", "Confused classes", "Hubs"]) expect(page).toContain(title);
});
