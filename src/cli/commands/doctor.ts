import { execFile } from "node:child_process";
import { cpus, freemem, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { dataFolders } from "../../data/index.js";
import { type Device, runtimeInfo } from "../../run/index.js";
import { createOutput } from "../output.js";

interface Finding {
  readonly what: string;
  readonly state: "ok" | "absent" | "broken";
  readonly detail: string;
  /** Set for what a training run cannot do without. */
  readonly essential?: boolean;
}

/** Node that the dependencies need. */
const NODE = [20, 19] as const;

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  const detail = `${process.version} on ${process.platform} ${process.arch}${enough ? "" : `; install ${NODE.join(".")} or later`}`;
  return { what: "Node", state: enough ? "ok" : "broken", detail, essential: true };
}

const probe = promisify(execFile);

/** Runs a small product on a device, which finds out whether it works and not only whether it is listed. */
async function deviceFinding(device: Device, listed: boolean): Promise<Finding> {
  const what = `device ${device}`;
  const essential = device === "cpu";
  if (!listed) return { what, state: "absent", detail: "not in this build of ONNX Runtime", essential };
  const script = fileURLToPath(new URL("../device-probe.js", import.meta.url));
  const answer = await probe(process.execPath, [script, device], { timeout: 60_000 }).then(
    ({ stdout }) => stdout,
    (error: Error) => error.message.split("\n")[0]!,
  );
  if (answer === "ok") return { what, state: "ok", detail: "a product comes out right", essential };
  const remedy = device === "cuda" ? "; needs the CUDA files of onnxruntime-node" : "";
  return { what, state: essential ? "broken" : "absent", detail: `${answer}${remedy}`, essential };
}

async function imagesFinding(): Promise<Finding> {
  const detail = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
  try {
    const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0);
    const png = await sharp(pixels, { raw: { width: 2, height: 1, channels: 3 } })
      .png()
      .toBuffer();
    const decoded = await sharp(png).raw().toBuffer();
    if (!Buffer.from(pixels).equals(decoded)) throw new Error("a picture came back changed");
    const readable = Object.entries(sharp.format)
      .filter(([, format]) => format.input.buffer)
      .map(([name]) => name);
    return { what: "images", state: "ok", detail: `${detail}; reads ${readable.join(", ")}`, essential: true };
  } catch (error) {
    return { what: "images", state: "broken", detail: `${detail}: ${(error as Error).message}`, essential: true };
  }
}

/** Tells what this machine can do. The exit code is 1 when something essential does not work. */
export async function doctorCommand({ json }: { readonly json?: boolean }): Promise<number> {
  const output = createOutput(json ?? false);
  const { version, devices, threads } = runtimeInfo();
  const all = await Promise.all(
    (["cpu", "webgpu", "cuda"] as const).map((device) => deviceFinding(device, devices.includes(device))),
  );
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const folders = dataFolders();
  const findings: Finding[] = [
    nodeFinding(),
    {
      what: "ONNX Runtime",
      state: "ok",
      detail: `${version}, ${threads} threads on ${cpus()[0]?.model.trim() ?? "an unknown processor"}`,
    },
    ...all,
    await imagesFinding(),
    { what: "memory", state: "ok", detail: `${gigabytes(freemem())} free of ${gigabytes(totalmem())}` },
    {
      what: "data folders",
      state: folders.length > 0 ? "ok" : "absent",
      detail: folders.join(", ") || "none; set SIMILE_DATA to have data sets found by name",
    },
  ];
  const broken = findings.filter((finding) => finding.essential && finding.state !== "ok");
  const lines = findings.map(({ what, state, detail }) => `${what.padEnd(14)} ${state.padEnd(7)} ${detail}`);
  const verdict =
    broken.length === 0 ? "ready to train" : `not ready: mend ${broken.map(({ what }) => what).join(", ")} first`;
  output.result({ ready: broken.length === 0, findings }, `${lines.join("\n")}\n${verdict}`);
  return broken.length === 0 ? 0 : 1;
}
