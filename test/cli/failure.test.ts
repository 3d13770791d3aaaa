import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { failureOf, failureText } from "../../src/cli/failure.js";
import { SimileError } from "../../src/errors/index.js";

const details = { code: "odd", where: "here", expected: "this", received: "that", remedy: "do so" };
const line = "here: expected this, received that; do so";

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

afterEach(() => {
  delete process.env.SIMILE_DEBUG;
});

test("an error of the user's is one line, with a stack only when asked for", () => {
  const failure = failureOf(new SimileError(details));
  expect(failureText(failure, false)).toBe(`simile: ${line}`);
  process.env.SIMILE_DEBUG = "1";
  expect(failureText(failure, false)).toMatch(/^simile: here: .*\n[\s\S]*failure\.test\.ts/);
});

test("for machines it is one object with each part", () => {
  const text = failureText(failureOf(new SimileError(details)), true);
  expect(text).not.toContain("\n");
  expect(JSON.parse(text)).toEqual({ error: { ...details, message: line } });
});

test("a path the system refuses is the user's to mend", () => {
  const failure = failureOf(thrown(() => readFileSync("/no/such/file")));
  expect(failureText(failure, false)).toBe(
    "simile: /no/such/file: expected something that exists, received ENOENT; check the path",
  );
  expect(failureText(failureOf(thrown(() => readFileSync("/"))), false)).toContain("expected a file, received EISDIR");
});

test.each([
  [new TypeError("x is undefined")],
  [Object.assign(new Error("x is undefined"), { code: "ENOENT" })],
])("anything else is a defect, and shows where it came from", (error) => {
  const failure = failureOf(error);
  expect(failure.details).toBeUndefined();
  expect(failureText(failure, false)).toMatch(/a defect of Simile; please report[\s\S]*x is undefined[\s\S]*test\.ts/);
  const { error: data } = JSON.parse(failureText(failure, true));
  expect(data).toMatchObject({ code: "defect", message: "x is undefined", stack: error.stack });
});

test("what is no error at all is told as well", () => {
  expect(failureText(failureOf("odd"), false)).toMatch(/defect[\s\S]*odd$/);
});
