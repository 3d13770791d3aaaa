import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { describeFlags, wrap } from "../../src/cli/flag-help.js";
import { flagsOf, merge, parseFlags, withLists } from "../../src/cli/flags.js";

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
    ["groups", "entries", ""],
    ["device", "text", "cpu"],
  ]);
});

test("what stands around a field's own schema is looked through", () => {
  const wrapped = z.strictObject({
    optional: z.number().optional().describe("outside"),
    inside: z.number().describe("inside").default(3),
    nullable: z.boolean().nullable().default(null),
    readonly: z.number().readonly().default(2),
    caught: z.boolean().catch(false),
    lazy: z.lazy(() => z.boolean()),
    pipe: z.string().transform(Number).pipe(z.number()).prefault("7"),
    preprocess: z.preprocess((value) => value, z.number()),
    either: z.union([z.number(), z.literal("inf")]).default("inf"),
    record: z.record(z.string(), z.number()).default({}),
    words: z.array(z.string()).default(["a", "b"]),
    hundreds: z.array(z.number()).default([100, 0.123456, 1e-8]),
    rows: z.array(z.tuple([z.number(), z.number()])),
  });
  expect(flagsOf(wrapped).map(({ path, kind, fallback, description }) => [path, kind, fallback, description])).toEqual([
    ["optional", "number", undefined, "outside"],
    ["inside", "number", "3", "inside"],
    ["nullable", "boolean", undefined, ""],
    ["readonly", "number", "2", ""],
    ["caught", "boolean", undefined, ""],
    ["lazy", "boolean", undefined, ""],
    ["pipe", "text", "7", ""],
    ["preprocess", "number", undefined, ""],
    ["either", "value", "inf", ""],
    ["record", "entries", undefined, ""],
    ["words", "list", "a,b", ""],
    ["hundreds", "list", "100,0.1235,1e-8", ""],
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

test("options of a choice are numbers, truth values, lists of numbers or words, as they look", () => {
  const loss = (text: string) => parseFlags(["--loss.option", text], flags).values;
  expect(loss("2")).toEqual({ loss: { option: 2 } });
  expect(loss("-2e-3")).toEqual({ loss: { option: -0.002 } });
  expect(loss("false")).toEqual({ loss: { option: false } });
  expect(loss("1,2")).toEqual({ loss: { option: [1, 2] } });
  expect(loss("1,x")).toEqual({ loss: { option: "1,x" } });
  expect(loss("")).toEqual({ loss: { option: "" } });
});

test("after -- all words are others", () => {
  expect(parseFlags(["a", "--steps", "3", "--", "--steps", "-x"], flags)).toEqual({
    values: { steps: 3 },
    rest: ["a", "--steps", "-x"],
  });
});

test.each(["--loss.__proto__", "--loss.a.__proto__", "--loss.", "--image", "--__proto__"])("%s is unknown", (word) => {
  expect(() => parseFlags([word, "1"], flags)).toThrow(`${word}: expected a known option`);
});

test("what is wrong is named, with the nearest flag", () => {
  expect(() => parseFlags(["--imgae.size", "3"], flags)).toThrow("did you mean --image.size?");
  expect(() => parseFlags(["--steps"], flags)).toThrow("--steps: expected a value, received nothing");
  expect(() => parseFlags(["--steps", "--name", "x"], flags)).toThrow("--steps: expected a value, received --name");
  expect(() => parseFlags(["-steps", "3"], flags)).toThrow("did you mean --steps?");
  expect(() => parseFlags(["--zzzzzz=3"], flags)).toThrow("--zzzzzz; `--help` lists them all");
  expect(() => parseFlags(["--no-head.normalize=true"], flags)).toThrow("write --head.normalize=true");
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
  expect(merge(file, { loss: "triplet" }).loss).toEqual({ name: "triplet", margin: 0.2 });
  expect(merge({ loss: "triplet" }, { loss: { margin: 0.4 } }).loss).toEqual({ name: "triplet", margin: 0.4 });
  expect(merge({ loss: "triplet" }, { loss: { name: "circle" } }).loss).toEqual({ name: "circle" });
});

test("help fits 80 columns and shows every flag and default", () => {
  const text = describeFlags(flags);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  for (const { path } of flags) expect(text).toContain(`--${path}`);
  expect(text).toContain("side [48]");
});

test("wrapping keeps every word in its order and keeps to the width", () => {
  const word = fc.stringMatching(/^\S{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 12, max: 40 }), (words, width) => {
      const lines = wrap(words.join(" "), width);
      expect(lines.join(" ")).toBe(words.join(" "));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

test("any flags are read back as they were written", () => {
  const name = fc.stringMatching(/^[a-z]\w{0,8}$/);
  const value = fc.oneof(fc.integer(), fc.boolean(), fc.array(fc.integer(), { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(fc.dictionary(name, fc.dictionary(name, value, { minKeys: 1 })), fc.boolean(), (values, inline) => {
      const field = (entry: unknown) =>
        Array.isArray(entry) ? z.array(z.number()) : typeof entry === "boolean" ? z.boolean() : z.number();
      const groups = Object.entries(values).map(([group, fields]) => {
        const shape = Object.entries(fields).map(([key, entry]) => [key, field(entry)] as const);
        return [group, z.strictObject(Object.fromEntries(shape))] as const;
      });
      const words = Object.entries(values).flatMap(([group, fields]) =>
        Object.entries(fields).flatMap(([key, entry]) =>
          inline ? [`--${group}.${key}=${entry}`] : [`--${group}.${key}`, `${entry}`],
        ),
      );
      const parsed = parseFlags(words, flagsOf(z.strictObject(Object.fromEntries(groups))));
      expect(parsed).toEqual({ values: { ...values }, rest: [] });
    }),
  );
});

test("entries of lists are given by number, also over those of a file", () => {
  const { values } = parseFlags(["--groups.0.match", "a", "--groups.1.match=b", "--loss.parts.0.name", "x"], flags);
  expect(withLists(values)).toEqual({ groups: [{ match: "a" }, { match: "b" }], loss: { parts: [{ name: "x" }] } });
  const file = { groups: [{ match: "a", rate: 2 }, { match: "b" }] };
  const over = parseFlags(["--groups.0.match", "c"], flags).values;
  expect(withLists(merge(file, over))).toEqual({ groups: [{ match: "c", rate: 2 }, { match: "b" }] });
  expect(flags.find(({ path }) => path === "groups")!.description).toContain("groups.0.match");
  expect(() => parseFlags(["--groups", "a"], flags)).toThrow(/--groups\.0\.KEY/);
  // Not all from 0 on: no list, for the schema to refuse.
  expect(withLists({ groups: { 1: "b" } })).toEqual({ groups: { 1: "b" } });
});
