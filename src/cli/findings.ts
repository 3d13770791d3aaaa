import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Device } from "../run/index.js";

// What is looked for here may be broken, so each finding imports what it needs itself and survives without.

/** One thing that `simile doctor` looked at. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "absent" | "broken";
  readonly detail: string;
  /** What to do when it does not work. */
  readonly remedy?: string;
  /** Set for what a training run cannot do without. */
  readonly essential?: boolean;
}

/** Node that the dependencies need. */
const NODE = [20, 19] as const;

const REINSTALL = "install the dependencies again on this machine (npm ci)";

/** Instructions that ONNX Runtime's kernels make use of, as Linux names them. */
const INSTRUCTIONS = ["sse4_1", "avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd", "asimddp", "sve"];

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split("\n")[0]!;
}

/** Whether this Node is recent enough. */
export function nodeFinding(versionText = process.versions.node): Finding {
  const [major = 0, minor = 0] = versionText.split(".").map(Number);
  const enough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return {
    what: "Node",
    state: enough ? "ok" : "broken",
    detail: `v${versionText} on ${process.platform} ${process.arch}`,
    ...(!enough && { remedy: `install Node ${NODE.join(".")} or later` }),
    essential: true,
  };
}

/** The processor, and which of the instructions that matter it has, where the system tells. */
export async function processorFinding(): Promise<Finding> {
  const name = cpus()[0]?.model.trim() ?? "an unknown processor";
  const information = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(information)?.[1]?.trim().split(/\s+/));
  const present = INSTRUCTIONS.filter((instruction) => flags.has(instruction));
  const known = present.length > 0 ? `: ${present.join(", ")}` : "";
  return { what: "processor", state: "ok", detail: `${cpus().length} x ${name}${known}` };
}

/** ONNX Runtime and each device, tried out with a small product and not only looked up. */
export async function runtimeFindings(): Promise<Finding[]> {
  try {
    const { runtimeInfo } = await import("../run/index.js");
    const { version, devices, threads } = runtimeInfo();
    const found: Finding = { what: "ONNX Runtime", state: "ok", detail: `${version}, ${threads} threads` };
    const all = (["cpu", "webgpu", "cuda"] as const).map((device) => deviceFinding(device, devices.includes(device)));
    return [found, ...(await Promise.all(all))];
  } catch (error) {
    return [{ what: "ONNX Runtime", state: "broken", detail: firstLine(error), remedy: REINSTALL, essential: true }];
  }
}

const DEVICE_REMEDIES: Readonly<Record<Device, string>> = {
  cpu: REINSTALL,
  webgpu: "needs a graphics driver (on Linux one for Vulkan); --device cpu works without",
  cuda: "needs an NVIDIA driver and the CUDA files of onnxruntime-node; --device cpu works without",
};

async function deviceFinding(device: Device, listed: boolean): Promise<Finding> {
  const what = `device ${device}`;
  const essential = device === "cpu";
  const script = fileURLToPath(new URL("./device-probe.js", import.meta.url));
  const answer = listed
    ? await promisify(execFile)(process.execPath, [script, device], { timeout: 60_000 }).then(
        ({ stdout }) => stdout,
        (error) => firstLine(error),
      )
    : "not in this build of ONNX Runtime";
  if (answer === "ok") return { what, state: "ok", detail: "a product comes out right", essential };
  return {
    what,
    state: essential ? "broken" : "absent",
    detail: answer,
    remedy: DEVICE_REMEDIES[device],
    essential,
  };
}

/** Whether pictures can be decoded, tried out on one made up here. */
export async function imagesFinding(): Promise<Finding> {
  try {
    const { default: sharp } = await import("sharp");
    const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0);
    const png = await sharp(pixels, { raw: { width: 2, height: 1, channels: 3 } })
      .png()
      .toBuffer();
    const decoded = await sharp(png).raw().toBuffer();
    if (!Buffer.from(pixels).equals(decoded)) throw new Error("a picture came back changed");
    const formats = Object.entries(sharp.format)
      .filter(([name, format]) => name !== "raw" && format.input.buffer)
      .map(([name]) => name);
    const detail = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}; reads ${formats.join(", ")}`;
    return { what: "images", state: "ok", detail, essential: true };
  } catch (error) {
    return { what: "images", state: "broken", detail: firstLine(error), remedy: REINSTALL, essential: true };
  }
}

/** Memory of the machine. */
export function memoryFinding(): Finding {
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return { what: "memory", state: "ok", detail: `${gigabytes(freemem())} free of ${gigabytes(totalmem())}` };
}

/** The folders in which data sets are found by name, and what lies there. */
export async function dataFinding(): Promise<Finding> {
  try {
    const { dataFolders } = await import("../data/index.js");
    const found = await Promise.all(
      dataFolders().map(async (folder) => {
        const entries = await readdir(folder, { withFileTypes: true });
        const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
        return `${folder}: ${names.sort().join(", ") || "no folders"}`;
      }),
    );
    if (found.length > 0) return { what: "data", state: "ok", detail: found.join("; ") };
    const remedy = "set SIMILE_DATA to folders in which data sets are to be found by name";
    return { what: "data", state: "absent", detail: "the built-in demo alone", remedy };
  } catch (error) {
    return { what: "data", state: "broken", detail: firstLine(error), remedy: REINSTALL };
  }
}
