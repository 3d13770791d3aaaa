import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Contestant } from "./contest.js";

const EVENT = "instructions:u";

/** The count in a line of `perf stat -x,`; undefined where it was not counted. */
export function readCount(text: string): number | undefined {
  const line = text.split("\n").find((each) => each.includes(EVENT));
  const count = line?.split(",")[0] ?? "";
  return /^\d+$/.test(count) ? Number(count) : undefined;
}

/** Whether this machine counts instructions: Linux, `perf` installed, and a processor whose counters are not hidden. */
export function countsInstructions(): boolean {
  const { stderr } = spawnSync("perf", ["stat", "-x,", "-e", EVENT, "true"], { encoding: "utf8" });
  return readCount(stderr ?? "") !== undefined;
}

/** Instructions of one step, over all threads that the contestant's process has; undefined where it has none of its own. */
export async function instructionsOf(contestant: Contestant, testCase: string): Promise<number | undefined> {
  if (contestant.pid === undefined) return undefined;
  const perf = spawn("perf", ["stat", "-x,", "-e", EVENT, "-p", `${contestant.pid}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  perf.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  // perf does not say when it has begun to count.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const result = await contestant.run(testCase, 1);
  perf.kill("SIGINT");
  await once(perf, "close");
  return "absent" in result ? undefined : readCount(text);
}
