import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readIdx, readVectors } from "../../../src/data/tables/index.js";

const shared = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const at = (path: string) => `${shared}${path}`;

describe.skipIf(!existsSync(at("glove-subset")))("GloVe words", () => {
  test("vectors and the words beside them", async () => {
    const table = await readVectors(at("glove-subset/vectors.npy"), { labels: at("glove-subset/words.txt") });
    expect(table).toMatchObject({ rows: 7477, dimension: 100 });
    expect(table.labels?.slice(0, 4)).toEqual(["the", ",", ".", "of"]);
  });
});

describe.skipIf(!existsSync(at("omniglot")))("Omniglot in idx format", () => {
  test("images and labels", async () => {
    const images = await readIdx(at("omniglot/omniglot28-images-idx3-ubyte.gz"));
    const labels = await readIdx(at("omniglot/omniglot28-labels-idx1-int32.gz"));
    expect(images.shape).toEqual([32460, 28, 28]);
    expect(labels.shape).toEqual([32460]);
    expect(new Set(labels.values).size).toBe(1623);
  });
});

describe.skipIf(!existsSync(at("tabular-uci")))("UCI tables", () => {
  test.each([
    ["iris", 150, 4, 3],
    ["zoo", 101, 16, 7],
    ["digits8x8", 1797, 64, 10],
    ["dna", 3186, 180, 3],
    ["balance-scale", 625, 4, 3],
  ])("%s: %i rows of %i numbers in %i classes", async (name, rows, dimension, classes) => {
    const table = await readVectors(at(`tabular-uci/${name}.csv`));
    expect(table).toMatchObject({ rows, dimension });
    expect(new Set(table.labels).size).toBe(classes);
  });
});
