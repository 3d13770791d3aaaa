import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import type { Trace } from "./trace.js";

/** Where programs run. */
export type Device = "cpu" | "webgpu" | "cuda";

/** Settings of a session. */
export interface DeviceOptions {
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads for one operator; default all that the machine gives. */
  readonly threads?: number;
  /** Records what the session's runs do, operator by operator. That slows them a little. */
  readonly trace?: Trace;
}

/** What else is known of a file to be run. */
export interface SessionOptions extends DeviceOptions {
  /** Set when no two of its nodes compute the same, as `writeModel` leaves them: looking for such takes half of the time. */
  readonly distinct?: boolean;
}

/** Version of ONNX Runtime and the devices its installed build can try. */
export function runtimeInfo(): { version: string; devices: Device[]; threads: number } {
  const names = ort.listSupportedBackends().map((backend) => backend.name);
  const devices = (["cpu", "webgpu", "cuda"] as const).filter((device) => names.includes(device));
  return {
    version: ort.env.versions.node ?? ort.env.versions.common,
    devices: [...devices],
    threads: availableParallelism(),
  };
}

/** Options for ONNX Runtime, or an error that says how to get an absent device. */
export function sessionOptions({
  device = "cpu",
  threads,
  distinct = false,
}: SessionOptions): ort.InferenceSession.SessionOptions {
  const { devices } = runtimeInfo();
  if (!devices.includes(device)) {
    throw new SimileError({
      code: "device-absent",
      where: "device",
      expected: `one of ${devices.join(", ")}`,
      received: device,
      remedy:
        device === "cuda"
          ? "install onnxruntime-node with its CUDA files (see its README), or use --device cpu"
          : "use --device cpu; `simile doctor` shows what this machine can do",
    });
  }
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: threads ?? availableParallelism(),
    graphOptimizationLevel: "all",
    // A block planned for all of a run comes on top of what the first run took: a third more memory, and no faster.
    enableMemPattern: false,
    // What goes wrong is thrown; printing it too would only tear progress lines.
    logSeverityLevel: 4,
    ...(distinct && {
      extra: { optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" } },
    }),
  };
}

/** A session, or the error of a device that exists in name only. */
export async function createSession(bytes: Uint8Array, options: SessionOptions): Promise<ort.InferenceSession> {
  const settings = sessionOptions(options);
  const create = (changed = {}) => ort.InferenceSession.create(bytes, { ...settings, ...changed });
  try {
    return await (options.trace?.record(bytes, create) ?? create());
  } catch (error) {
    if (options.device === undefined || options.device === "cpu") throw error;
    throw new SimileError(
      {
        code: "device-failed",
        where: `device ${options.device}`,
        expected: "a device that works on this machine",
        received: error instanceof Error ? error.message.split("\n")[0]! : String(error),
        remedy: "use --device cpu; `simile doctor` shows what this machine can do",
      },
      { cause: error },
    );
  }
}
