import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { describeFlags, editDistance, flagsOf, merge, parseFlags } from "../../src/cli/flags.js";

const schema = z.strictObject({
  steps: z.number().default(600).describe("how many"),
  name: z.string().optional().describe("called"),
  image: z
    .strictObject({
      size: z.number().default(48).describe("side"),
      scale: z.tuple([z.number(), z.number()]).default([0.5, 1]),
    })
    .prefault({}),
  head: z.strictObject({ normalize: z.boolean().default(true).describe("unit length") }).prefault({}),
  loss: z
    .custom<string>(() => true)
    .transform((value) => value)
    .describe("minimised")
    .prefault("triplet"),
  groups: z.array(z.strictObject({ match: z.string() })).default([]),
  device: z.enum(["cpu", "cuda"]).default("cpu").describe("where"),
});
const flags = flagsOf(schema);

test("a schema becomes flags with kinds and defaults", () => {
  expect(flags.map(({ path, kind, fallback }) => [path, kind, fallback])).toEqual([
    ["steps", "number", "600"],
    ["name", "text", undefined],
    ["image.size", "number", "48"],
    ["image.scale", "list", "0.5,1"],
    ["head.normalize", "boolean", "true"],
    ["loss", "choice", "triplet"],
    ["device", "text", "cpu"],
  ]);
});

test("words become nested values", () => {
  const words = [
    "./photos",
    "--steps=10",
    "--image.size",
    "32",
    "--image.scale",
    "0.2,0.9",
    "--no-head.normalize",
    "--loss",
    "circle",
    "--loss.margin",
    "0.3",
    "--name",
    "12",
  ];
  expect(parseFlags(words, flags)).toEqual({
    rest: ["./photos"],
    values: {
      steps: 10,
      image: { size: 32, scale: [0.2, 0.9] },
      head: { normalize: false },
      loss: { name: "circle", margin: 0.3 },
      name: "12",
    },
  });
  expect(parseFlags(["--loss.margin", "0.3", "--loss", "circle"], flags).values).toEqual({
    loss: { name: "circle", margin: 0.3 },
  });
  expect(parseFlags(["--head.normalize", "--steps", "-3"], flags).values).toEqual({
    head: { normalize: true },
    steps: -3,
  });
});

test("what is wrong is named, with the nearest flag", () => {
  expect(() => parseFlags(["--imgae.size", "3"], flags)).toThrow("did you mean --image.size?");
  expect(() => parseFlags(["--steps"], flags)).toThrow("--steps: expected a value, received nothing");
  expect(() => parseFlags(["--steps", "--name", "x"], flags)).toThrow("--steps: expected a value, received --name");
});

test("any numbers and truth values survive the command line", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), (steps, normalize) => {
      const { values } = parseFlags([`--steps=${steps}`, `--head.normalize=${normalize}`], flags);
      expect(values).toEqual({ steps: Number(`${steps}`), head: { normalize } });
    }),
  );
});

test("flags go over a file, and another choice replaces the file's", () => {
  const file = { steps: 5, image: { size: 64, scale: [0.1, 1] }, loss: { name: "triplet", margin: 0.2 } };
  expect(merge(file, { image: { size: 32 }, loss: { margin: 0.4 } })).toEqual({
    steps: 5,
    image: { size: 32, scale: [0.1, 1] },
    loss: { name: "triplet", margin: 0.4 },
  });
  expect(merge(file, { loss: { name: "circle" } }).loss).toEqual({ name: "circle" });
  expect(merge(file, { loss: "circle" }).loss).toBe("circle");
});

test("edit distance is a metric", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
});

test("help fits 80 columns and shows every flag and default", () => {
  const text = describeFlags(flags);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  for (const { path } of flags) expect(text).toContain(`--${path}`);
  expect(text).toContain("side [48]");
});
