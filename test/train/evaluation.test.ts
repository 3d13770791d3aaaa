import { expect, test } from "vitest";
import type { Item } from "../../src/data/index.js";
import { scoreRetrieval } from "../../src/train/evaluation.js";

/** Points on a line, each of a class, and what the protocol says of it. */
function line(points: readonly (readonly [at: number, label: number, rest?: Pick<Item, "role" | "camera">])[]) {
  const items = points.map(([, label, rest], i): Item => ({ name: `${i}`, label: `${label}`, ...rest }));
  const embedded = {
    indices: Int32Array.from(points.keys()),
    data: Float32Array.from(points, ([at]) => at),
    dimension: 1,
  };
  const labels = Int32Array.from(points, ([, label]) => label);
  return scoreRetrieval(embedded, labels, "euclidean", {}, items);
}

test("without roles and cameras each item searches all others", async () => {
  const { scores, queryRows, galleryRows } = await line([
    [0, 0],
    [1, 0],
    [10, 1],
    [11.5, 1],
    [13.5, 0],
  ]);
  expect(scores["R@1"]).toBe(4 / 5);
  expect([queryRows.length, galleryRows.length]).toEqual([5, 5]);
});

test("queries search the gallery, not each other", async () => {
  const query = { role: "query" } as const;
  const gallery = { role: "gallery" } as const;
  // The queries are nearest to each other, and of one class: only the gallery counts.
  const { scores, retrieval, queryRows, galleryRows } = await line([
    [4, 1, gallery],
    [0, 0, query],
    [0.1, 0, query],
    [1, 0, gallery],
    [-5, 0, gallery],
    [5, 1, query],
  ]);
  expect([...queryRows]).toEqual([1, 2, 5]);
  expect([...galleryRows]).toEqual([0, 3, 4]);
  expect([...retrieval.neighbours.indices]).toEqual([1, 0, 2, 1, 0, 2, 0, 1, 2]);
  expect(scores["R@1"]).toBe(1);
  // Of both relevant ones (R = 2) only the first is among the first two.
  expect(scores["R-Precision"]).toBeCloseTo((0.5 + 0.5 + 1) / 3, 12);
});

test("what has the class and the camera of a query is neither found nor missed", async () => {
  const place = (role: "query" | "gallery", camera?: string) => ({ role, ...(camera && { camera }) });
  const { scores, retrieval } = await line([
    [0, 0, place("query", "a")],
    [0.1, 0, place("gallery", "a")],
    [0.2, 1, place("gallery", "a")],
    [0.3, 0, place("gallery", "b")],
    [0.4, 2, place("gallery")],
  ]);
  expect([...retrieval.neighbours.indices].filter((item) => item >= 0)).toEqual([1, 2, 3]);
  expect(scores["R@1"]).toBe(0);
  expect(scores["R@2"]).toBe(1);
});

test("cameras count among items without roles as well", async () => {
  const { scores } = await line([
    [0, 0, { camera: "a" }],
    [0.1, 0, { camera: "a" }],
    [3, 0, { camera: "b" }],
    [0.5, 1, { camera: "a" }],
    [9, 1, { camera: "b" }],
  ]);
  // 0 and 0.1 are of one camera: their nearest is then 0.5, of another class; 3 finds 0.5, 0.5 finds 0.1, 9 finds 3.
  expect(scores["R@1"]).toBe(0);
});
