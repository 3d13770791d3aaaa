import { classLosses } from "./classes.js";
import { listwiseLosses } from "./listwise.js";
import { memoryLosses } from "./memory.js";
import { pairLosses } from "./pairs.js";
import type { PeerLossBuilder } from "./peer.js";
import { tupleLosses } from "./tuples.js";
import { wrappedLosses } from "./wrappers.js";

/** Every loss of the peers that we have, by the peer's class name (`config.loss`). */
export const peerLosses: Readonly<Record<string, PeerLossBuilder>> = {
  ...classLosses,
  ...pairLosses,
  ...tupleLosses,
  ...listwiseLosses,
  ...wrappedLosses,
  ...memoryLosses,
};
