/** How a task ended. */
export interface Finished {
  /** JSON value: all that anyone may depend on, the same whoever did the task and when. */
  readonly result: unknown;
  /** How long it took; of no influence on any result. */
  readonly seconds: number;
}

/**
 * Where the tasks of a benchmark are handed out and their results kept. Several processes may use one at a time. A task
 * is done by one of them: whoever claims it holds it until it is finished, or until the holder is gone.
 */
export interface TaskStore {
  /** The finished tasks by name. */
  finished(): Map<string, Finished>;
  /** True if the task is now this process's to do: nobody has finished or holds it. */
  claim(task: string): boolean;
  /** Keeps a result, the first one for good. */
  finish(task: string, done: Finished): void;
  /** Gives a task back undone. */
  release(task: string): void;
  /** A note under a name, kept as first written; gives what is kept. */
  settle(name: string, value: string): string;
  close(): void;
}
