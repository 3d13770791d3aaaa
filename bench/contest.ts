import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { instructionsOf } from "./instructions.js";

/** Why a case cannot be run. */
export interface Absent {
  readonly absent: string;
}

/** Steps of a case. */
export interface Steps {
  /** Of each step. */
  readonly milliseconds: readonly number[];
  /** Numbers that a step trains, where it says so. */
  readonly parameters?: number | undefined;
}

/** Someone who can run a step of a case and say how long each took. */
export interface Contestant {
  readonly name: string;
  /** The process whose memory counts, where it is one of its own. */
  readonly pid?: number | undefined;
  /** Runs `repeat` steps, or says why the case cannot be run. */
  run(testCase: string, repeat: number): Promise<Steps | Absent>;
  /** Names and versions of what it has used since it was last closed. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Ends its process; the next case starts another. */
  close(): Promise<void>;
}

/**
 * A contestant in another process that answers one JSON line to each JSON line: {"case", "repeat"} with {"milliseconds": [...]}
 * or {"absent": why}, and {"versions": true} with {"versions": {...}}. A process that died (of memory, say) is started again
 * for the next case.
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
  async function ask<Answer>(question: object): Promise<Answer | Absent> {
    child ??= start();
    child.stdin!.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await answers.next();
    if (!done) return JSON.parse(value) as Answer | Absent;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { absent: failure || `${name} ended` };
  }
  return {
    name,
    get pid() {
      return child?.pid;
    },
    run: (testCase, repeat) => ask<Steps>({ case: testCase, repeat }),
    async versions() {
      if (child === undefined) return {};
      const answer = await ask<{ versions: Record<string, string> }>({ versions: true });
      return "absent" in answer ? {} : answer.versions;
    },
    async close() {
      child?.stdin?.end();
      child = undefined;
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
  /** Of a step, where the machine counts them. */
  readonly instructions?: number | undefined;
}

/** One row of the result. */
export interface Row {
  readonly case: string;
  readonly ours: Result | Absent;
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
  /** Numbers that the steps train, where they say so. */
  parameters: number | undefined;

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
    if ("absent" in result) {
      this.absent = result.absent;
      return;
    }
    this.times.push(...result.milliseconds);
    this.parameters = result.parameters ?? undefined;
  }

  async result({ memory, instructions }: ContestOptions): Promise<Result | Absent> {
    if (this.absent !== undefined) return { absent: this.absent };
    return {
      ...spread(this.times),
      ...(memory && { peakMB: peakMB(this.contestant.pid) }),
      ...(instructions && { instructions: await instructionsOf(this.contestant, this.testCase) }),
    };
  }
}

/** Settings of {@link contest}. */
export interface ContestOptions {
  /** Turns of each side. */
  readonly rounds: number;
  /** Steps in a turn; by default as many as fit into a quarter of a second, at most 20. */
  readonly repeat?: number;
  /** Whether the memory of the two processes is that of the case. */
  readonly memory: boolean;
  /** Whether to count instructions. */
  readonly instructions: boolean;
}

/** Runs a case A B A B ... so that both meet the same moods of the machine. Both must train as many numbers. */
export async function contest(
  ours: Contestant,
  peer: Contestant,
  testCase: string,
  options: ContestOptions,
): Promise<Row> {
  const sides = [new Turns(ours, testCase), new Turns(peer, testCase)] as const;
  for (const side of sides) await side.warmUp(options.repeat);
  const [{ parameters }, { parameters: theirs }] = sides;
  if (parameters !== undefined && theirs !== undefined && parameters !== theirs) {
    throw new Error(`${testCase}: ${ours.name} trains ${parameters} numbers, ${peer.name} ${theirs}`);
  }
  for (let round = 0; round < options.rounds; round++) for (const side of sides) await side.turn();
  const [own, other] = [await sides[0].result(options), await sides[1].result(options)];
  const ratio = "absent" in own || "absent" in other ? undefined : other.median / own.median;
  return { case: testCase, ours: own, peer: other, ratio };
}
