import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Why a case cannot be run. */
export interface Absent {
  readonly absent: string;
}

/** Someone who can run a step of a case and say how long each took. */
export interface Contestant {
  readonly name: string;
  /** The process whose memory counts, where it is one of its own. */
  readonly pid?: number | undefined;
  /** Milliseconds of each of `repeat` steps, or why the case cannot be run. */
  run(testCase: string, repeat: number): Promise<readonly number[] | Absent>;
  close(): Promise<void>;
}

/**
 * A contestant in another process that answers one JSON line to each JSON line: {"case", "repeat"} with {"milliseconds": [...]}
 * or {"absent": why}. A process that died (of memory, say) is started again for the next case.
 */
export function processContestant(
  name: string,
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Contestant {
  let child: ChildProcess | undefined;
  let answers: AsyncIterator<string>;
  let failure = "";
  function start(): ChildProcess {
    const started = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
    const ended = (why: string) => {
      failure = why;
      if (child === started) child = undefined;
    };
    started.on("error", (error) => ended(error.message));
    started.on("exit", (code, signal) => ended(`${name} ended with ${signal ?? code}`));
    started.stdin!.on("error", () => {});
    answers = createInterface({ input: started.stdout! })[Symbol.asyncIterator]();
    return started;
  }
  return {
    name,
    get pid() {
      return child?.pid;
    },
    async run(testCase, repeat) {
      child ??= start();
      child.stdin!.write(`${JSON.stringify({ case: testCase, repeat })}\n`);
      const { value, done } = await answers.next();
      if (done) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { absent: failure || `${name} ended` };
      }
      const answer = JSON.parse(value) as { milliseconds?: number[]; absent?: string };
      return answer.milliseconds ?? { absent: answer.absent ?? "no answer" };
    },
    async close() {
      child?.stdin?.end();
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

/** One contestant's part of a row. */
export interface Result extends Spread {
  /** Most memory of its process during the case, in MB; undefined where the system does not tell. */
  readonly peakMB?: number | undefined;
}

/** One row of the result. */
export interface Row {
  readonly case: string;
  readonly ours: Result;
  readonly peer: Result | Absent;
  /** Peer's median over ours: above 1 we are faster. */
  readonly ratio: number | undefined;
}

/** Forgets a process's peak of memory, so that the next reading is of what comes after (Linux). */
function forgetPeak(pid: number | undefined): void {
  try {
    if (pid !== undefined) writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {}
}

function peakMB(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024);
  } catch {
    return undefined;
  }
}

/** Steps in a turn: enough that a turn is not all noise. */
const TURN_MS = 250;

/** One contestant's turns in a case. */
class Turns {
  private readonly times: number[] = [];
  private repeat = 1;
  absent: string | undefined;

  constructor(
    private readonly contestant: Contestant,
    private readonly testCase: string,
  ) {}

  /** Steps that make caches warm, and tell how many fit into a turn. */
  async warmUp(repeat: number | undefined): Promise<void> {
    await this.turn(); // makes what is to be run
    await this.turn();
    forgetPeak(this.contestant.pid);
    const typical = this.times.at(-1) ?? TURN_MS;
    this.repeat = repeat ?? Math.max(1, Math.min(20, Math.ceil(TURN_MS / typical)));
    if (this.repeat > 1) await this.turn();
    this.times.length = 0;
  }

  async turn(): Promise<void> {
    if (this.absent !== undefined) return;
    const result = await this.contestant.run(this.testCase, this.repeat);
    if ("absent" in result) this.absent = result.absent;
    else this.times.push(...result);
  }

  result(): Result | Absent {
    if (this.absent !== undefined) return { absent: this.absent };
    return { ...spread(this.times), peakMB: peakMB(this.contestant.pid) };
  }
}

/**
 * Runs a case A B A B ... so that both meet the same moods of the machine.
 *
 * @param repeat steps in a turn; by default as many as fit into a quarter of a second, at most 20
 */
export async function contest(
  ours: Contestant,
  peer: Contestant,
  testCase: string,
  rounds: number,
  repeat?: number,
): Promise<Row> {
  const sides = [ours, peer].map((contestant) => new Turns(contestant, testCase));
  for (const side of sides) await side.warmUp(repeat);
  for (let round = 0; round < rounds; round++) for (const side of sides) await side.turn();
  const [own, other] = sides.map((side) => side.result());
  if ("absent" in own!) throw new Error(`${testCase}: ${own.absent}`);
  const ratio = "absent" in other! ? undefined : other!.median / own!.median;
  return { case: testCase, ours: own!, peer: other!, ratio };
}
