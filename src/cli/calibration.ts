import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../data/atomic.js";
import { SimileError } from "../errors/index.js";
import type { DistanceFlag } from "./embedding.js";

const schema = z.object({
  distance: z.enum(["cosine", "euclidean"]),
  threshold: z.number(),
  low: z.number(),
  high: z.number(),
  /** The rate asked for, and the one the data gave. */
  falseMatchRate: z.number(),
  observedRate: z.number(),
  trueMatchRate: z.number(),
  supported: z.boolean(),
  data: z.string(),
});

/** A threshold kept with a model: what `simile calibrate --save` writes and `simile search` reads. */
export type StoredCalibration = z.infer<typeof schema>;

/** `calibration.json` in the run's folder, or beside the model's file. */
async function calibrationPath(run: string): Promise<string> {
  return join((await stat(run)).isDirectory() ? run : dirname(run), "calibration.json");
}

/** Keeps a threshold with a run or model; gives the path. */
export async function storeCalibration(run: string, calibration: StoredCalibration): Promise<string> {
  const path = await calibrationPath(run);
  await writeFileAtomic(path, `${JSON.stringify(calibration, null, 2)}\n`);
  return path;
}

/** The threshold kept with a run or model for this distance; undefined when there is none. */
export async function readCalibration(run: string, distance: DistanceFlag): Promise<StoredCalibration | undefined> {
  const path = await calibrationPath(run);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const calibration = schema.parse(JSON.parse(text));
    return calibration.distance === distance ? calibration : undefined;
  } catch (cause) {
    throw new SimileError(
      {
        code: "damaged-calibration",
        where: path,
        expected: "what `simile calibrate --save` wrote",
        received: "something else",
        remedy: "calibrate again with --save, or remove the file",
      },
      { cause },
    );
  }
}
