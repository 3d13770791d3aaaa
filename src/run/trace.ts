import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import { decodeModel } from "../onnx/index.js";

/** A node of a graph: what it reads and gives, by name. */
export interface TracedNode {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** One operator's work in one run. */
export interface TracedKernel {
  /** Name of the node in the graph that ran, which is not always the one that was written: see {@link TracedSession}. */
  readonly name: string;
  readonly op: string;
  readonly milliseconds: number;
  /** Element types and shapes, such as `float [32, 64]`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** One run of a session. */
export interface TracedRun {
  /** When it was called and when its results were there, by `performance.now()`. */
  readonly began: number;
  readonly ended: number;
  /** Spent by ONNX Runtime itself, operators and what is between them; the rest went into handing tensors over. */
  readonly milliseconds: number;
  readonly kernels: readonly TracedKernel[];
}

/** What a session did. */
export interface TracedSession {
  /** Nodes as they were written. */
  readonly written: readonly TracedNode[];
  /** Nodes as ONNX Runtime runs them: fused, renamed, with changes of layout between them. */
  readonly optimized: readonly TracedNode[];
  readonly runs: readonly TracedRun[];
}

interface Call {
  readonly began: number;
  readonly ended: number;
}

interface Attached {
  readonly session: InferenceSession;
  readonly bytes: Uint8Array;
  /** Begin of the names of its files. */
  readonly prefix: string;
  readonly calls: Call[];
}

interface TraceEvent {
  readonly cat?: string;
  readonly name: string;
  /** Microseconds since the session was made. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Record<string, readonly number[]>[];
    readonly output_type_shape?: readonly Record<string, readonly number[]>[];
  };
}

const KERNEL = /_kernel_time$/;

/**
 * Records the runs of every session made with it (as `trace` of its options) by ONNX Runtime's profiler, through files in a
 * temporary folder.
 *
 *     const trace = await Trace.open();
 *     const program = await compile(fn, specs, { trace });
 *     await program.run(feeds);
 *     const [session] = await trace.read();
 *     await trace.close();
 */
export class Trace {
  private readonly attached: Attached[] = [];
  private made = 0;

  private constructor(private readonly folder: string) {}

  static async open(): Promise<Trace> {
    return new Trace(await mkdtemp(join(tmpdir(), "simile-trace-")));
  }

  /** For whoever makes sessions: one of these bytes, made by `create` with further settings, its runs recorded. */
  async record(
    bytes: Uint8Array,
    create: (settings: InferenceSession.SessionOptions) => Promise<InferenceSession>,
  ): Promise<InferenceSession> {
    const prefix = join(this.folder, `session-${this.made++}`);
    const session = await create({
      enableProfiling: true,
      profileFilePrefix: prefix,
      optimizedModelFilePath: `${prefix}.onnx`,
    });
    const calls: Call[] = [];
    this.attached.push({ session, bytes, prefix, calls });
    return timed(session, calls);
  }

  /** What the sessions did so far, in the order they were made; they record nothing afterwards. */
  async read(): Promise<TracedSession[]> {
    return Promise.all(this.attached.map((entry) => this.readSession(entry)));
  }

  private async readSession({ session, bytes, prefix, calls }: Attached): Promise<TracedSession> {
    session.endProfiling();
    const names = await readdir(this.folder);
    const file = names.map((name) => join(this.folder, name)).find((path) => path.startsWith(`${prefix}_`));
    if (file === undefined) throw unrecorded("no file");
    const events = parseEvents(await readFile(file, "utf8"));
    return {
      written: nodesOf(bytes),
      optimized: nodesOf(await readFile(`${prefix}.onnx`)),
      runs: runsOf(events, calls),
    };
  }

  /** Removes the files. */
  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The same session; `calls` get the times of its runs. */
function timed(session: InferenceSession, calls: Call[]): InferenceSession {
  const run = async (...words: Parameters<InferenceSession["run"]>) => {
    const began = performance.now();
    try {
      return await session.run(...words);
    } finally {
      // Also of a run whose results the binding refuses to convert: it was one all the same.
      calls.push({ began, ended: performance.now() });
    }
  };
  return new Proxy(session, {
    get(target, key) {
      if (key === "run") return run;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function unrecorded(received: string): SimileError {
  return new SimileError({
    code: "no-trace",
    where: "ONNX Runtime's profiler",
    expected: "a record of every run",
    received,
    remedy: "make room in the folder for temporary files, or profile fewer steps",
  });
}

function parseEvents(text: string): TraceEvent[] {
  try {
    return JSON.parse(text) as TraceEvent[];
  } catch (error) {
    throw unrecorded((error as Error).message);
  }
}

function nodesOf(bytes: Uint8Array): TracedNode[] {
  return (decodeModel(bytes).graph?.node ?? []).map(({ name = "", input, output }) => ({
    name,
    inputs: input,
    outputs: output,
  }));
}

function typesOf(list: readonly Record<string, readonly number[]>[] = []): string[] {
  return list.flatMap((types) => Object.entries(types).map(([type, shape]) => `${type} [${shape.join(", ")}]`));
}

/** Sorts kernels into the runs that they are parts of. */
function runsOf(events: readonly TraceEvent[], calls: readonly Call[]): TracedRun[] {
  const inTime = (a: TraceEvent, b: TraceEvent) => a.ts - b.ts;
  const runs = events.filter(({ name }) => name === "model_run").sort(inTime);
  const kernels = events.filter(({ cat, name }) => cat === "Node" && KERNEL.test(name)).sort(inTime);
  if (runs.length !== calls.length) throw unrecorded(`${runs.length} of ${calls.length} runs`);
  let next = 0;
  return calls.map(({ began, ended }, i) => {
    const { ts, dur } = runs[i]!;
    const first = next;
    while (next < kernels.length && kernels[next]!.ts <= ts + dur) next++;
    return { began, ended, milliseconds: dur / 1000, kernels: kernels.slice(first, next).map(kernelOf) };
  });
}

function kernelOf({ name, dur, args = {} }: TraceEvent): TracedKernel {
  return {
    name: name.replace(KERNEL, ""),
    op: args.op_name ?? "unknown",
    milliseconds: dur / 1000,
    inputs: typesOf(args.input_type_shape),
    outputs: typesOf(args.output_type_shape),
  };
}
