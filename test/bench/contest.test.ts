import { describe, expect, test } from "vitest";
import { type Absent, type Contestant, contest, processContestant, type Steps, spread } from "../../bench/contest.js";
import { readCount } from "../../bench/instructions.js";

const options = { rounds: 3, repeat: 2, memory: false, instructions: false };

/** Answers every question alike, and remembers who was asked when. */
function contestant(name: string, answer: Absent | Steps, log: string[] = []): Contestant {
  return {
    name,
    run: async () => {
      log.push(name);
      return answer;
    },
    versions: async () => ({}),
    close: async () => {},
  };
}

describe("contest", () => {
  test("alternates the two sides, and gives medians and their ratio", async () => {
    const log: string[] = [];
    const ours = contestant("a", { milliseconds: [2, 4] }, log);
    const row = await contest(ours, contestant("b", { milliseconds: [9, 9] }, log), "case", options);
    expect(log.slice(-6).join("")).toBe("ababab");
    expect(row.ours).toEqual({ median: 3, low: 2, high: 4 });
    expect(row.ratio).toBe(3);
  });

  test("a side that cannot run is named, and leaves no ratio", async () => {
    const row = await contest(
      contestant("a", { milliseconds: [1, 1] }),
      contestant("b", { absent: "no torch" }),
      "case",
      {
        ...options,
      },
    );
    expect(row.peer).toEqual({ absent: "no torch" });
    expect(row.ratio).toBeUndefined();
  });

  test("two sides that do not train the same network are no match", async () => {
    const sides = [10, 11].map((parameters) => contestant(`${parameters}`, { milliseconds: [1], parameters }));
    await expect(contest(sides[0]!, sides[1]!, "case", options)).rejects.toThrow("10 trains 10 numbers, 11 11");
  });
});

test("a process that ends is named as absent, and started again for the next question", async () => {
  const dying = "process.stdin.once('data', () => process.exit(3))";
  const side = processContestant("mayfly", process.execPath, ["-e", dying]);
  for (let i = 0; i < 2; i++) expect(await side.run("case", 1)).toEqual({ absent: "mayfly ended with 3" });
});

test("a command that is not there is named as absent", async () => {
  const side = processContestant("nobody", "no-such-command-anywhere", []);
  expect(await side.run("case", 1)).toEqual({ absent: expect.stringContaining("ENOENT") });
});

test("quartiles lie between the times", () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25 });
});

test("instructions are read where they were counted, and not made up where not", () => {
  expect(readCount("123456,,instructions:u,1000,100.00,,\n")).toBe(123456);
  expect(readCount("<not supported>,,instructions:u,0,100.00,,\n")).toBeUndefined();
  expect(readCount("")).toBeUndefined();
});
