/** The whole state of a {@link Random}, as JSON can hold it. */
export interface RandomState {
  /** Four 32-bit words of xoshiro128**. */
  readonly words: readonly [number, number, number, number];
  /** Second half of the last Box-Muller pair, not yet handed out. */
  readonly spareNormal: number | null;
}

const UINT32 = 2 ** 32;

/** One step of splitmix32: spreads a seed over the words of the generator. */
function splitmix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

/** 32-bit FNV-1a of a string: gives each named stream its own seed. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna, 2018), the same on every machine, with a state that goes
 * into checkpoints. All randomness of Simile is drawn from here on the host, because random operators differ between
 * ONNX Runtime's providers.
 */
export class Random {
  private words: [number, number, number, number];
  private spareNormal: number | null = null;

  /** `seed`: any number; its lower 53 bits count. */
  constructor(seed: number) {
    const low = splitmix32(seed >>> 0);
    const high = splitmix32(Math.floor(Math.abs(seed) / UINT32) ^ 0x5bf03635);
    this.words = [low() ^ high(), low() ^ high(), low() ^ high(), low() ^ high() || 1].map((w) => w >>> 0) as [
      number,
      number,
      number,
      number,
    ];
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const s = this.words;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** A standard normal number (Box-Muller). */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** An integer in [0, bound), without bias. */
  integer(bound: number): number {
    if (!(Number.isSafeInteger(bound) && bound > 0 && bound <= UINT32)) {
      throw new RangeError(`Random.integer: bound must be an integer in [1, 2^32], received ${bound}`);
    }
    const limit = UINT32 - (UINT32 % bound);
    for (;;) {
      const value = this.uint32();
      if (value < limit) return value % bound;
    }
  }

  /** Shuffles `items` in place (Fisher-Yates) and returns them. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  /** `count` different elements of `items`, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) throw new RangeError(`Random.sample: ${count} of ${items.length} items`);
    const pool = items.slice();
    for (let i = 0; i < count; i++) {
      const j = i + this.integer(pool.length - i);
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
    }
    return pool.slice(0, count);
  }

  /**
   * An independent generator for the stream called `name`; does not advance this one. The same state and name always
   * give the same stream.
   */
  fork(name: string): Random {
    const child = new Random(hash(name));
    const mix = splitmix32(hash(`${name}/${this.words.join(",")}`));
    child.words = child.words.map((word) => (word ^ mix()) >>> 0) as [number, number, number, number];
    if (child.words.every((word) => word === 0)) child.words[3] = 1;
    return child;
  }

  /** A copy of the state, for a checkpoint. */
  state(): RandomState {
    // The shifts above leave signed words; their bits are what counts.
    const [a, b, c, d] = this.words;
    return { words: [a >>> 0, b >>> 0, c >>> 0, d >>> 0], spareNormal: this.spareNormal };
  }

  /** A generator that goes on where `state` was taken. */
  static from(state: RandomState): Random {
    const random = new Random(0);
    random.words = [...state.words] as [number, number, number, number];
    random.spareNormal = state.spareNormal;
    return random;
  }
}
