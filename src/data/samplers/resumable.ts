import { z } from "zod";
import { SimileError } from "../../errors/index.js";
import { Random } from "../../rng/index.js";

/** Something whose state goes into a checkpoint. */
export interface Resumable {
  /** The whole state, as plain JSON. */
  state(): unknown;
  /** Goes on where `state` was taken. Errors: `invalid-state`. */
  restore(state: unknown): void;
}

const word = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const randomSchema = z.object({ words: z.tuple([word, word, word, word]), spareNormal: z.number().nullable() });

/** A generator of random numbers that can be put back to an earlier state in place. */
export class RandomSource implements Resumable {
  private random: Random;

  /** Starts as a copy of `random`. */
  constructor(random: Random) {
    this.random = Random.from(random.state());
  }

  get current(): Random {
    return this.random;
  }

  state(): unknown {
    return this.random.state();
  }

  restore(state: unknown): void {
    this.random = Random.from(parseState(randomSchema, state, "a generator's words"));
  }
}

/** `state` as `schema` has it, or `invalid-state`. */
export function parseState<Schema extends z.ZodType>(
  schema: Schema,
  state: unknown,
  expected: string,
): z.output<Schema> {
  const parsed = schema.safeParse(state);
  if (parsed.success) return parsed.data;
  throw new SimileError({
    code: "invalid-state",
    where: "sampler state",
    expected,
    received: (JSON.stringify(state) ?? String(state)).slice(0, 60),
    remedy: "restore what state() returned for the same data",
  });
}
