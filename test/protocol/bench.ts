import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlanOptions } from "../../src/protocol/index.js";
import { Random } from "../../src/rng/index.js";

/** Writes vectors of classes that differ in a few of their noisy coordinates, and gives the file. */
export async function writeVectors(folder: string, classes = 24, each = 6, dimension = 8): Promise<string> {
  const random = new Random(11);
  const rows: string[] = [];
  for (let label = 0; label < classes; label++) {
    const center = Array.from({ length: 3 }, () => random.normal());
    for (let i = 0; i < each; i++) {
      const embedding = Array.from(
        { length: dimension },
        (_, d) => (center[d] ?? 0) + (d < 3 ? 0.4 : 2) * random.normal(),
      );
      rows.push(JSON.stringify({ id: `${label}-${i}`, label: `class${label}`, embedding }));
    }
  }
  const path = join(folder, "items.jsonl");
  await writeFile(path, `${rows.join("\n")}\n`);
  return path;
}

/** A benchmark of seconds. */
export function smallPlan(data: string, changes: Partial<PlanOptions> = {}): PlanOptions {
  return {
    data,
    methods: ["contrastive", "multi-similarity"],
    folds: 2,
    trials: 7,
    seeds: 2,
    settings: { steps: 8, batchSize: 24, validation: { every: 4 } },
    ...changes,
  };
}
