import { SimileError } from "../../src/errors/index.js";
import { Random } from "../../src/rng/index.js";
import { mutate } from "./mutate.js";
import type { FuzzTarget } from "./target.js";

/** What a target did with its inputs. */
export interface FuzzOutcome {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that were read, although damaged. */
  readonly accepted: number;
  /** How often each clear error came, by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** Most bytes the process held. */
  readonly peakBytes: number;
  readonly findings: readonly string[];
}

/** How to run a target. */
export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  /** First input; any one can be run again alone. */
  readonly first?: number;
  /** Called before each input. */
  readonly onInput?: (input: number) => void;
}

/** Longer than any damaged miniature should take, on a busy machine. */
const SLOW_MS = 5000;
/** More than any damaged miniature should need, beyond what the process held before. */
const LARGE_BYTES = 2 ** 30;
const MOST_FINDINGS = 20;

/** Reads damaged inputs one after the other; input `i` depends on seed, target and `i` alone. */
export async function runTarget(
  target: FuzzTarget,
  { inputs, seed, first = 0, onInput }: FuzzOptions,
): Promise<FuzzOutcome> {
  const cases = await target.cases();
  const random = new Random(seed).fork(target.name);
  const before = process.memoryUsage().rss;
  const findings: string[] = [];
  for (const { name, sound, read } of cases) {
    await read(sound).catch((error: unknown) => findings.push(`sound ${name}: ${describe(error)}`));
  }
  const refused: Record<string, number> = {};
  let [accepted, slowestMs, peakBytes] = [0, 0, before];
  for (let input = first; input < first + inputs && findings.length < MOST_FINDINGS; input++) {
    onInput?.(input);
    const own = random.fork(String(input));
    const chosen = cases[own.integer(cases.length)]!;
    const other = cases[own.integer(cases.length)]!.sound;
    const bytes = chosen.damage && own.integer(2) === 0 ? chosen.damage(own) : mutate(chosen.sound, other, own);
    const start = performance.now();
    try {
      await chosen.read(bytes);
      accepted++;
    } catch (error) {
      if (error instanceof SimileError) refused[error.code] = (refused[error.code] ?? 0) + 1;
      else findings.push(`input ${input} (${chosen.name}): ${describe(error)}`);
    }
    const took = performance.now() - start;
    slowestMs = Math.max(slowestMs, took);
    if (took > SLOW_MS) findings.push(`input ${input} (${chosen.name}): ${Math.round(took)} ms`);
    if (input % 16 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  }
  if (peakBytes - before > LARGE_BYTES)
    findings.push(`memory grew by ${Math.round((peakBytes - before) / 2 ** 20)} MiB`);
  return { target: target.name, inputs, accepted, refused, slowestMs, peakBytes, findings };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ") : String(error);
}
