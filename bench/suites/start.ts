import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { networkCompilation, networkStep } from "../networks.js";
import type { Case, Suite } from "../suite.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = join(root, "dist/cli/main.js");

/** A case of the built package. */
function built(run: () => Promise<unknown>): Case {
  return {
    async make() {
      if (!existsSync(command)) throw new Error("not built: npm run build");
      return { run, release: async () => {} };
    },
  };
}

/** A process from its start to its end. */
function node(...args: readonly string[]): Case {
  return built(async () => {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  });
}

/** `simile train demo` until it tells of its first step. */
async function trainDemo(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "simile-bench-start-"));
  const child = spawn(process.execPath, [command, "train", "demo", "--json", "--out", join(folder, "run")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    if ((JSON.parse(line) as { type: string }).type === "step") break;
  }
  child.kill("SIGKILL");
  // The time until here is that of the first step; what follows is over in a moment.
  await ended;
  await rm(folder, { recursive: true, force: true });
}

/** From nothing, values of parameters included, to the end of the first step. */
function firstStep(step: Case): Case {
  return {
    async make(threads) {
      const run = async () => {
        const made = await step.make(threads);
        await made.run();
        await made.release();
      };
      return { run, release: async () => {} };
    },
  };
}

export const suite: Suite = {
  title: "from nothing to something",
  peer: { name: "PyTorch", script: "torch_start.py" },
  tellsMemory: false,
  cases: {
    "command/help": node(command, "--help"),
    "import/losses": node("--input-type=module", "-e", 'await import("simile/losses")'),
    "import/train": node("--input-type=module", "-e", 'await import("simile/train")'),
    "compile/resnet50-224/8": networkCompilation("resnet50", 224, 8),
    "first-step/resnet50-64/32": firstStep(networkStep("resnet50", 64, 32)),
    "train-demo/first-step": built(trainDemo),
  },
};
