import type { TracedKernel, TracedSession } from "../../src/run/index.js";

const elementBytes: Readonly<Record<string, number>> = { float: 4, double: 8, int64: 8, int32: 4, bool: 1, uint8: 1 };

/** Bytes of `float [2, 3]`. */
function bytesOf(type: string): number {
  const [, element, sizes] = /^(\w+) \[(.*)\]$/.exec(type)!;
  return sizes!.split(", ").reduce((total, size) => total * Number(size || 1), elementBytes[element!]!);
}

/** Results that are the memory of the first input under another shape. */
const VIEWS = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"]);

/**
 * The most bytes of computed values that are alive at once in a session's last run: in the order in which its kernels ran,
 * a value lives from its kernel to its last reader. What is fed and what is returned has the caller's memory and does not count.
 */
export function peakLiveBytes({ optimized, runs }: TracedSession): { peak: number; at: string } {
  const nodes = new Map(optimized.map((node) => [node.name, node]));
  const kernels = (runs.at(-1)?.kernels ?? []).filter(({ name }) => nodes.has(name));
  const owner = new Map<string, string>();
  const ownerOf = (value: string) => owner.get(value) ?? value;
  const lastRead = new Map<string, number>();
  kernels.forEach(({ name, op }: TracedKernel, i) => {
    const { inputs, outputs } = nodes.get(name)!;
    if (VIEWS.has(op)) owner.set(outputs[0]!, ownerOf(inputs[0]!));
    for (const input of inputs) lastRead.set(ownerOf(input), i);
  });
  const freed = kernels.map(() => 0);
  let live = 0;
  let highest = { peak: 0, at: "" };
  kernels.forEach(({ name, op, outputs: types }, i) => {
    if (!VIEWS.has(op)) {
      nodes
        .get(name)!
        .outputs.filter((value) => value !== "")
        .forEach((value, k) => {
          const bytes = /:(new|out)$/.test(value) ? 0 : bytesOf(types[k] ?? "float [0]");
          live += bytes;
          freed[lastRead.get(value) ?? kernels.length - 1]! += bytes;
        });
    }
    if (live > highest.peak) highest = { peak: live, at: name };
    live -= freed[i]!;
  });
  return highest;
}
