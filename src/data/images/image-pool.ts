import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { SimileError } from "../../errors/index.js";
import type { ImageJob, ImageReply } from "./image-job.js";

/** More threads than this do not pay: decoding shares the four threads of libuv's pool. */
const MOST_THREADS = 8;

/** Threads that a pool has when no number is given. */
export const DEFAULT_THREADS = Math.min(MOST_THREADS, availableParallelism());

interface Pending {
  resolve(reply: ImageReply): void;
  reject(error: Error): void;
}

/** Starts a thread; from the sources (tests, development) with the loader of TypeScript. */
function startThread(): Worker {
  const program = (ending: string) => new URL(`./image-thread.${ending}`, import.meta.url);
  // Flags of the process are not the thread's: of `node --input-type=module -e` the first forbids a program in a file.
  if (!import.meta.url.endsWith(".ts")) return new Worker(program("js"), { execArgv: [] });
  const [entry, parent] = [program("ts").href, import.meta.url].map((url) => JSON.stringify(url));
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${entry}, ${parent}))`, { eval: true });
}

/** One thread, and the jobs it has not answered yet. */
class ImageThread {
  private readonly pending = new Map<number, Pending>();
  private readonly worker: Worker;
  private failure: SimileError | undefined;

  constructor() {
    this.worker = startThread();
    this.worker.unref();
    this.worker.on("message", (reply: ImageReply) => this.settle(reply.id, ({ resolve }) => resolve(reply)));
    this.worker.on("error", (error) => this.fail(error.message, error));
    this.worker.on("exit", (code) => this.fail(`an end with code ${code}`));
  }

  get load(): number {
    return this.pending.size;
  }

  run(job: ImageJob): Promise<ImageReply> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      // Only a thread that works keeps the process alive.
      if (this.pending.size === 0) this.worker.ref();
      this.pending.set(job.id, { resolve, reject });
      this.worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (this.pending.size === 0) this.worker.unref();
    if (pending) how(pending);
  }

  private fail(received: string, cause?: unknown): void {
    this.failure ??= new SimileError(
      {
        code: "image-thread",
        where: "loading images",
        expected: "a thread that goes on",
        received,
        remedy: "use fewer threads or smaller batches if memory ran out",
      },
      { cause },
    );
    for (const id of [...this.pending.keys()]) this.settle(id, ({ reject }) => reject(this.failure!));
  }
}

/** Threads that decode and transform pictures. They start with the first job, and never keep a process from ending. */
export class ImagePool {
  private threads: ImageThread[] | undefined;
  private jobs = 0;

  /** `count`: threads, at least 1. */
  constructor(readonly count: number) {}

  /** Gives a job to the thread with the least to do. Errors: `image-thread` when that thread died or was closed. */
  run(job: Omit<ImageJob, "id">): Promise<ImageReply> {
    this.threads ??= Array.from({ length: this.count }, () => new ImageThread());
    const idlest = this.threads.reduce((a, b) => (b.load < a.load ? b : a));
    return idlest.run({ ...job, id: this.jobs++ });
  }

  /** Ends the threads; jobs that are not done fail. */
  async close(): Promise<void> {
    const ending = this.threads ?? [];
    this.threads = undefined;
    await Promise.all(ending.map((thread) => thread.end()));
  }
}
