import { createInterface } from "node:readline";
import type { Case, Step } from "./suite.js";

/** The answering side of contest.ts for cases in TypeScript; only the last case is kept. */
export async function answer(
  cases: Readonly<Record<string, Case>>,
  threads: number,
  versions: () => Readonly<Record<string, string>>,
): Promise<void> {
  let held: { name: string; step: Step } | undefined;
  const stepOf = async (name: string): Promise<Step> => {
    if (held?.name === name) return held.step;
    await held?.step.release();
    held = undefined;
    const chosen = cases[name];
    if (chosen === undefined) throw new Error(`no case ${name}`);
    held = { name, step: await chosen.make(threads) };
    return held.step;
  };
  const reply = (value: object) => console.log(JSON.stringify(value));
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { case: string; repeat: number; versions?: true };
    if (request.versions) {
      reply({ versions: versions() });
      continue;
    }
    try {
      const step = await stepOf(request.case);
      reply({ milliseconds: await repeated(step, request.repeat), parameters: step.parameters });
    } catch (error) {
      reply({ absent: error instanceof Error ? error.message : String(error) });
    }
  }
  await held?.step.release();
}

async function repeated(step: Step, count: number): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const result = await step.run();
    milliseconds.push(step.timesItself ? (result as number) : performance.now() - start);
  }
  return milliseconds;
}
