import { z } from "zod";
import { miners } from "./index.js";
import type { Miner } from "./miner.js";

/** A miner that was made, its name, or its name and options. */
export type MinerChoice = Miner | string | { readonly name: string; readonly [option: string]: unknown };

/** Option that takes a miner. */
export const minerChoice = z.custom<MinerChoice>(
  (value) => typeof value === "string" || (typeof value === "object" && value !== null),
  { error: "a miner, its name, or an object of its name and options" },
);

/** The miner of a choice. */
export function createMiner(choice: MinerChoice): Miner {
  if (typeof choice === "object" && "mine" in choice) return choice as Miner;
  const { name, ...rest } = typeof choice === "string" ? { name: choice } : choice;
  return miners.create(name, rest);
}
