import { SimileError } from "../../src/errors/index.js";
import type { Random } from "../../src/rng/index.js";

/** Something that reads bytes of unknown origin. */
export interface FuzzTarget {
  readonly name: string;
  /** Well-formed inputs, to be damaged. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Reads an input as a program would; may only succeed or throw a SimileError. */
  read(bytes: Uint8Array): unknown;
}

/** What came of many inputs. */
export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  /** How often each error of ours came, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Inputs that broke the reader: anything thrown but a SimileError, with the first lines of where. */
  readonly crashes: readonly { readonly input: Uint8Array; readonly error: string }[];
  readonly slowestMs: number;
  readonly slowest: Uint8Array;
  readonly totalMs: number;
  /** Growth of the used heap, after collection where node was started with --expose-gc. */
  readonly heapGrowthBytes: number;
}

const extremes = [0, 1, 0x7f, 0x80, 0xff];

/** Bytes replaced by others, by extremes, or with one bit turned. */
function changeBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const damaged = bytes.slice();
  for (let i = 1 + random.integer(8); i > 0 && damaged.length > 0; i--) {
    const at = random.integer(damaged.length);
    const kind = random.integer(3);
    const old = damaged[at]!;
    damaged[at] =
      kind === 0 ? random.integer(256) : kind === 1 ? extremes[random.integer(5)]! : old ^ (1 << random.integer(8));
  }
  return damaged;
}

/** A stretch of bytes taken out, doubled, or overwritten by another stretch. */
function moveStretch(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.integer(bytes.length + 1);
  const end = Math.min(bytes.length, start + random.integer(64));
  const other = random.integer(bytes.length + 1);
  const stretch = bytes.subarray(other, other + random.integer(64));
  const middle = [[], [bytes.subarray(start, end), bytes.subarray(start, end)], [stretch]][random.integer(3)]!;
  return Buffer.concat([bytes.subarray(0, start), ...middle, bytes.subarray(end)]);
}

/** A damaged copy of a seed: cut short, changed, rearranged, spliced with another; or noise. */
export function mutate(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const seed = seeds[random.integer(seeds.length)] ?? new Uint8Array();
  const kind = random.integer(10);
  if (kind === 0) return Uint8Array.from({ length: random.integer(300) }, () => random.integer(256));
  if (kind === 1) return seed.subarray(0, random.integer(seed.length + 1));
  if (kind === 2) {
    const other = seeds[random.integer(seeds.length)]!;
    return Buffer.concat([
      seed.subarray(0, random.integer(seed.length + 1)),
      other.subarray(random.integer(other.length + 1)),
    ]);
  }
  if (kind < 6) return moveStretch(seed, random);
  return changeBytes(kind < 9 ? seed : moveStretch(seed, random), random);
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Feeds `inputs` damaged inputs to a target, the same ones for one seed of `random`. */
export async function fuzz(target: FuzzTarget, inputs: number, random: Random): Promise<FuzzResult> {
  const seeds = await target.seeds();
  const refused: Record<string, number> = {};
  const crashes: { input: Uint8Array; error: string }[] = [];
  let accepted = 0;
  let slowest: Uint8Array = new Uint8Array();
  let slowestMs = 0;
  const before = heapUsed();
  const start = performance.now();
  for (let i = 0; i < inputs; i++) {
    const bytes = mutate(seeds, random);
    const began = performance.now();
    try {
      await target.read(bytes);
      accepted++;
    } catch (error) {
      if (error instanceof SimileError) refused[error.code] = (refused[error.code] ?? 0) + 1;
      else crashes.push({ input: bytes, error: String((error as Error)?.stack ?? error).slice(0, 600) });
    }
    const tookMs = performance.now() - began;
    if (tookMs > slowestMs) [slowestMs, slowest] = [tookMs, bytes];
  }
  const totalMs = performance.now() - start;
  return {
    target: target.name,
    inputs,
    accepted,
    refused,
    crashes,
    slowestMs,
    slowest,
    totalMs,
    heapGrowthBytes: heapUsed() - before,
  };
}
