import { expect, test } from "vitest";
import { mutate } from "../scripts/fuzz/mutate.js";
import { runTarget } from "../scripts/fuzz/run.js";
import { fuzzTargets } from "../scripts/fuzz/targets.js";
import { SimileError } from "../src/errors/index.js";
import { Random } from "../src/rng/index.js";

// The long version, 20,000 inputs a target, is scripts/fuzz.ts.
test.each(fuzzTargets)("$name: damaged input gives clear errors alone", async (target) => {
  const { accepted, refused, findings } = await runTarget(target, { inputs: 60, seed: 7 });
  expect(findings).toEqual([]);
  const errors = Object.values(refused).reduce((sum, count) => sum + count, 0);
  expect(accepted + errors).toBe(60);
  expect(errors).toBeGreaterThan(0);
});

test("what is no clear error is found, and the same damage is done again", async () => {
  const sound = Uint8Array.from({ length: 40 }, (_, i) => i);
  const seen: string[] = [];
  const target = {
    name: "brittle",
    cases: async () => [
      {
        name: "only",
        sound,
        read: async (bytes: Uint8Array) => {
          seen.push(Buffer.from(bytes).toString("hex"));
          if (bytes.length < 20) throw new TypeError("short");
          if (bytes.length > 40)
            throw new SimileError({ code: "x", where: "x", expected: "x", received: "x", remedy: "x" });
        },
      },
    ],
  };
  const { findings } = await runTarget(target, { inputs: 100, seed: 3 });
  expect(findings.length).toBeGreaterThan(1);
  expect(findings[0]).toMatch(/^input \d+ \(only\): TypeError: short/);
  const number = Number(/\d+/.exec(findings[0]!)![0]);
  const first = seen[number + 1];
  seen.length = 0;
  await runTarget(target, { inputs: 1, seed: 3, first: number });
  expect(seen[1]).toBe(first);
});

test("mutations never touch the sound input", () => {
  const sound = Uint8Array.from({ length: 64 }, (_, i) => i);
  const random = new Random(1);
  for (let i = 0; i < 500; i++) mutate(sound, sound, random);
  expect([...sound]).toEqual(Array.from({ length: 64 }, (_, i) => i));
});
