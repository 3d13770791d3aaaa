import type { Device } from "../run/index.js";

// Run as a process of its own by `simile doctor`: a broken driver may write to the terminal or take the process with it.
const device = process.argv[2] as Device;
try {
  const { compile } = await import("../run/index.js");
  const program = await compile(({ x }) => ({ outputs: { y: x.matmul(x) } }), { x: { shape: [2, 2] } }, { device });
  const { y } = await program.run({ x: Float32Array.of(1, 2, 3, 4) });
  process.stdout.write(y!.data.join() === "7,10,15,22" ? "ok" : `a product came out as ${y!.data.join()}`);
} catch (error) {
  const { received, message } = error as { received?: string; message: string };
  process.stdout.write((received ?? message).split("\n")[0]!.split(": ").at(-1)!.trim());
}
