import type { Random } from "../../src/rng/index.js";

/** A reader of bytes to be tried out: one file of it is damaged at a time. */
export interface FuzzTarget {
  readonly name: string;
  /** Sound inputs with what reads them; made once. Readers must throw nothing but SimileError. */
  cases(): Promise<readonly FuzzCase[]>;
}

/** A sound input. */
export interface FuzzCase {
  readonly name: string;
  readonly sound: Uint8Array;
  /** Damage that keeps the outer form, so that what lies deeper is reached; half of the inputs get it. */
  damage?(random: Random): Uint8Array;
  read(bytes: Uint8Array): Promise<unknown>;
}
