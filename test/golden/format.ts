import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { SimileError } from "../../src/errors/index.js";

/** Row-major numbers, as `{shape, data}` in the file. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What a golden file holds once read: tensors are tensors, and "NaN" or "Infinity" are numbers again. */
export type GoldenValue = null | boolean | number | string | GoldenTensor | readonly GoldenValue[] | GoldenRecord;

/** Named golden values. */
export interface GoldenRecord {
  readonly [key: string]: GoldenValue;
}

/** One case: feed `inputs` and `config` to the library, compare with `expected` within `tolerance`. */
export interface GoldenCase {
  readonly case: string;
  readonly config: GoldenRecord;
  readonly inputs: GoldenRecord;
  readonly expected: GoldenRecord;
  readonly tolerance: GoldenRecord;
  readonly notes: readonly string[];
  /** Fields outside the six above (the entries of `classical/datasets.json` consist of such). */
  readonly other: GoldenRecord;
}

/** One file of reference vectors. */
export interface GoldenFile {
  readonly path: string;
  readonly source: string;
  readonly area: string;
  readonly name: string;
  readonly cases: readonly GoldenCase[];
}

/** The verdict on one case (or one named part of it). */
export interface GoldenResult {
  readonly case: string;
  readonly passed: boolean;
  /** Largest error met, in the unit in which its tolerance is stated; 0 for exact matches, NaN when nothing could be compared. */
  readonly error: number;
  /** What differed, or why the case could not be run; empty when passed, or why we differ from the peer on purpose. */
  readonly message: string;
}

const FORMAT = "metric-learning-golden/1";
const NON_FINITE: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** Read one file. Throws `SimileError` (`golden-format`) if it is not of format `metric-learning-golden/1`. */
export function readGolden(path: string): GoldenFile {
  const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isPlainObject(parsed) || parsed.format !== FORMAT || !Array.isArray(parsed.cases)) {
    throw malformed(path, `a file of format ${FORMAT}`, basename(path));
  }
  const { source, area, name, cases } = parsed;
  return {
    path,
    source: String(source),
    area: String(area),
    name: String(name),
    cases: cases.map((value: unknown) => reviveCase(value, path)),
  };
}

function reviveCase(value: unknown, path: string): GoldenCase {
  const record = asRecord(revive(value, path), path);
  const { case: name = "", config = {}, inputs = {}, expected = {}, tolerance = {}, notes = [], ...other } = record;
  const where = `${path} ${String(name)}`;
  return {
    case: asString(name, where),
    config: asRecord(config, `${where} config`),
    inputs: asRecord(inputs, `${where} inputs`),
    expected: asRecord(expected, `${where} expected`),
    tolerance: asRecord(tolerance, `${where} tolerance`),
    notes: asList(notes, `${where} notes`).map(String),
    other,
  };
}

function revive(value: unknown, where: string): GoldenValue {
  const number = NON_FINITE.get(value);
  if (number !== undefined) return number;
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) return value.map((item: unknown) => revive(item, where));
  if (!isPlainObject(value)) throw malformed(where, "JSON values", typeof value);
  const { shape, data } = value;
  if (Array.isArray(shape) && Array.isArray(data)) {
    return {
      shape: shape.map(Number),
      data: Float64Array.from(data, (item: unknown) => NON_FINITE.get(item) ?? Number(item)),
    };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, where)]));
}

function isPlainObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(where: string, expected: string, received: string): SimileError {
  return new SimileError({
    code: "golden-format",
    where,
    expected,
    received,
    remedy: "check the file against the README of the golden folder",
  });
}

/** True for a tensor, which is otherwise indistinguishable in type from a record. */
export function isTensor(value: GoldenValue | undefined): value is GoldenTensor {
  return typeof value === "object" && value !== null && "data" in value && value.data instanceof Float64Array;
}

/** The value as a number, or `SimileError`; like the other `as...`, `where` names the place for the message. */
export function asNumber(value: GoldenValue | undefined, where: string): number {
  if (typeof value !== "number") throw malformed(where, "a number", describe(value));
  return value;
}

/** The value as a string. */
export function asString(value: GoldenValue | undefined, where: string): string {
  if (typeof value !== "string") throw malformed(where, "a string", describe(value));
  return value;
}

/** The value as a list of golden values. */
export function asList(value: GoldenValue | undefined, where: string): readonly GoldenValue[] {
  if (!Array.isArray(value)) throw malformed(where, "a list", describe(value));
  return value as readonly GoldenValue[];
}

/** The value as a list of numbers (labels, indices, per-class values). */
export function asNumbers(value: GoldenValue | undefined, where: string): number[] {
  return asList(value, where).map((item) => asNumber(item, where));
}

/** The value as a tensor. */
export function asTensor(value: GoldenValue | undefined, where: string): GoldenTensor {
  if (!isTensor(value)) throw malformed(where, "a tensor {shape, data}", describe(value));
  return value;
}

/** The value as named values. */
export function asRecord(value: GoldenValue | undefined, where: string): GoldenRecord {
  if (!isPlainObject(value) || isTensor(value)) throw malformed(where, "named values", describe(value));
  return value;
}

function describe(value: GoldenValue | undefined): string {
  if (value === undefined) return "nothing";
  if (isTensor(value)) return `a tensor [${value.shape.join(", ")}]`;
  return JSON.stringify(value).slice(0, 60);
}
