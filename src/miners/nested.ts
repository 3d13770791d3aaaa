import { createMember, type Known, type MemberChoice, memberChoice } from "../registry/index.js";
import { miners } from "./index.js";
import type { Miner } from "./miner.js";

/** A miner that was made, its name, or its name and options. */
export type MinerChoice = MemberChoice<Miner>;

function isMiner(value: unknown): value is Miner {
  return typeof value === "object" && value !== null && "mine" in value;
}

/** Option that takes a miner. */
export const minerChoice = memberChoice(() => miners, isMiner, "miner");

/** The miner of a choice. */
export function createMiner(choice: MinerChoice, known?: Known): Miner {
  return createMember(miners, isMiner, choice, known);
}
