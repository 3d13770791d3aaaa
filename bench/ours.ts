/** Simile's side of a suite, as a process of its own: `ours.ts SUITE THREADS`; the protocol is that of contest.ts. */
import { createInterface } from "node:readline";
import { runtimeInfo } from "../src/run/index.js";
import { machine, openSuite, type Step } from "./suite.js";

const [name = "", threads = "2"] = process.argv.slice(2);
const suite = await openSuite(name);
let held: { name: string; step: Step } | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { case: string; repeat: number; versions?: true };
  if (request.versions) {
    console.log(
      JSON.stringify({ versions: { node: process.version.slice(1), "ONNX Runtime": runtimeInfo().version } }),
    );
    continue;
  }
  try {
    if (held?.name !== request.case) {
      await held?.step.release();
      held = undefined;
      const chosen = { ...suite.cases, ...machine }[request.case];
      if (chosen === undefined) throw new Error(`no case ${request.case}`);
      held = { name: request.case, step: await chosen.make(Number(threads)) };
    }
    const milliseconds: number[] = [];
    for (let i = 0; i < request.repeat; i++) {
      const start = performance.now();
      const result = await held.step.run();
      milliseconds.push(held.step.timesItself ? (result as number) : performance.now() - start);
    }
    console.log(JSON.stringify({ milliseconds, parameters: held.step.parameters }));
  } catch (error) {
    console.log(JSON.stringify({ absent: error instanceof Error ? error.message : String(error) }));
  }
}
