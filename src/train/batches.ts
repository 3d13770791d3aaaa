import type { Sampler } from "../data/samplers/index.js";

/** What a checkpoint keeps of {@link BatchQueue}. */
export interface BatchQueueState {
  /** Batches drawn ahead but not yet trained on. */
  readonly pending: readonly (readonly number[])[];
  readonly sampler: unknown;
}

/**
 * Batches drawn from a sampler ahead of their use. Remembers which of them have been used, so that a resumed run trains
 * on exactly those that would have come.
 */
export class BatchQueue {
  private readonly replay: Int32Array[] = [];
  private readonly pending: Int32Array[] = [];

  /** `items`: what the sampler's indices refer to. */
  constructor(
    private readonly sampler: Sampler,
    private readonly items: Int32Array,
  ) {}

  /** Endless batches of data set indices. */
  *batches(): Generator<Int32Array> {
    for (;;) {
      const drawn = this.replay.shift() ?? this.sampler.next();
      this.pending.push(drawn);
      yield drawn.map((position) => this.items[position]!);
    }
  }

  /** The oldest batch that is not used yet, as the sampler drew it. */
  get oldest(): Int32Array {
    return this.pending[0]!;
  }

  /** Tells that the oldest batch has been used. */
  used(): void {
    this.pending.shift();
  }

  state(): BatchQueueState {
    const ahead = [...this.pending, ...this.replay];
    return { pending: ahead.map((batch) => [...batch]), sampler: this.sampler.state() };
  }

  restore({ pending, sampler }: BatchQueueState): void {
    this.replay.push(...pending.map((batch) => Int32Array.from(batch)));
    this.sampler.restore(sampler);
  }
}
