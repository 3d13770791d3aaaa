import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Someone who can run a step of a case and say how long each took. */
export interface Contestant {
  readonly name: string;
  /** Milliseconds of each of `repeat` steps, or why the case cannot be run. */
  run(testCase: string, repeat: number): Promise<readonly number[] | { readonly absent: string }>;
  close(): Promise<void>;
}

/** A contestant in another process that answers one JSON line to each JSON line. */
export function processContestant(
  name: string,
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
): Contestant {
  const child: ChildProcess = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  let failure: string | undefined;
  child.on("error", (error) => {
    failure = error.message;
  });
  child.on("exit", (code) => {
    failure ??= `${command} ended with ${code}`;
  });
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    name,
    async run(testCase, repeat) {
      if (failure !== undefined) return { absent: failure };
      child.stdin!.write(`${JSON.stringify({ case: testCase, repeat })}\n`);
      const { value, done } = await answers.next();
      if (done) return { absent: failure ?? `${command} ended` };
      const answer = JSON.parse(value as string) as { milliseconds?: number[]; absent?: string };
      return answer.milliseconds ?? { absent: answer.absent ?? "no answer" };
    },
    async close() {
      child.stdin!.end();
    },
  };
}

/** Median and quartiles of times. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spread(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)]!;
    return below + (position % 1) * ((sorted[Math.ceil(position)] ?? below) - below);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** One row of the result. */
export interface Row {
  readonly case: string;
  readonly ours: Spread;
  readonly peer: Spread | { readonly absent: string };
  /** Peer's median over ours: above 1 we are faster. */
  readonly ratio: number | undefined;
}

/** Runs a case A B A B ... so that both meet the same moods of the machine. */
export async function contest(
  ours: Contestant,
  peer: Contestant,
  testCase: string,
  rounds: number,
  repeat: number,
): Promise<Row> {
  const collected: [number[], number[]] = [[], []];
  let absent: string | undefined;
  for (const contestant of [ours, peer]) await contestant.run(testCase, 3);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contestant] of [ours, peer].entries()) {
      const result = await contestant.run(testCase, repeat);
      if ("absent" in result) {
        if (contestant === ours) throw new Error(`${testCase}: ${result.absent}`);
        absent = result.absent;
      } else collected[index]!.push(...result);
    }
  }
  const oursSpread = spread(collected[0]);
  if (absent !== undefined) return { case: testCase, ours: oursSpread, peer: { absent }, ratio: undefined };
  const peerSpread = spread(collected[1]);
  return { case: testCase, ours: oursSpread, peer: peerSpread, ratio: peerSpread.median / oursSpread.median };
}
