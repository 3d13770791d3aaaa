/**
 * Which operators of a training step run where: `npx tsx bench/providers.ts [NETWORK] [--size 64] [--batch 32] [--device webgpu]`.
 *
 * On a device other than the CPU, operators that it has no kernel for fall back on the CPU, with copies both ways: these are
 * named, with the share of the operators' time they take. ONNX Runtime's profiler tells.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Exported, signatureOf } from "./exported.js";
import { trainingProgram } from "./networks.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string", default: "cpu" },
    size: { type: "string", default: "64" },
    batch: { type: "string", default: "32" },
  },
});

interface Event {
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

/** Events of ONNX Runtime's profiler over two runs. */
async function profiled({ bytes, values: given }: Exported, device: string): Promise<Event[]> {
  const folder = await mkdtemp(join(tmpdir(), "simile-providers-"));
  try {
    const session = await InferenceSession.create(bytes, {
      executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
      enableProfiling: true,
      profileFilePrefix: join(folder, "profile"),
      logSeverityLevel: 4,
    });
    const { inputs, outputs } = signatureOf(bytes);
    const feeds = Object.fromEntries(
      inputs.map(({ name, type, dims }) => [
        name,
        new Tensor(type as "float32", given.get(name) as Float32Array, dims),
      ]),
    );
    for (let run = 0; run < 2; run++) await session.run(feeds, outputs);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return JSON.parse(await readFile(join(folder, file!), "utf8")) as Event[];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds and number of kernels by provider and operator. */
function summed(events: readonly Event[]): Map<string, Map<string, { milliseconds: number; count: number }>> {
  const providers = new Map<string, Map<string, { milliseconds: number; count: number }>>();
  for (const { name, dur, args } of events) {
    if (!name.endsWith("_kernel_time") || args?.provider === undefined) continue;
    const operators = providers.get(args.provider) ?? new Map();
    const { milliseconds, count } = operators.get(args.op_name) ?? { milliseconds: 0, count: 0 };
    operators.set(args.op_name, { milliseconds: milliseconds + dur / 1000, count: count + 1 });
    providers.set(args.provider, operators);
  }
  return providers;
}

const [network = "conv4"] = positionals;
const program = await trainingProgram(network, Number(values.size), Number(values.batch));
const events = await profiled(program, values.device).catch((error: Error) => {
  console.error(`${values.device} does not work here: ${error.message.split("\n")[0]}`);
  process.exit(1);
});
const providers = summed(events);
const total = [...providers.values()].flatMap((operators) => [...operators.values()]);
const all = total.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
for (const [provider, operators] of providers) {
  const own = [...operators.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const fallback = values.device !== "cpu" && provider.startsWith("CPU") ? " (fell back)" : "";
  console.log(`${provider}${fallback}: ${((100 * own) / all).toFixed(0)} % of the operators' time`);
  for (const [operator, { milliseconds, count }] of [...operators].sort(
    (a, b) => b[1].milliseconds - a[1].milliseconds,
  )) {
    console.log(
      `  ${operator.padEnd(28)} ${`${count / 2}`.padStart(5)} a step ${(milliseconds / 2).toFixed(2).padStart(9)} ms`,
    );
  }
}
