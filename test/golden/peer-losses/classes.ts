import type { Parameter } from "../../../src/graph/index.js";
import { arcFace, type Loss, proxyAnchor } from "../../../src/losses/index.js";
import type { PeerLoss, PeerLossBuilder } from "./peer.js";

/** The peer's angles are in degrees. */
export function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** A loss whose class vectors are the peer's weight `name`, as columns unless said otherwise. */
export function withClassVectors(loss: Loss, name: string, transposed = true): PeerLoss {
  const weights = { [name]: { parameter: loss.classVectors as Parameter, transposed } };
  return { loss, weights, tuples: "query-weights" };
}

/** Losses with class vectors by the peer's class name. */
export const classLosses: Readonly<Record<string, PeerLossBuilder>> = {
  ArcFaceLoss: (peer) =>
    withClassVectors(
      arcFace({ ...peer.classes, marginRadians: radians(peer.number("margin")), scale: peer.number("scale") }),
      "W",
    ),
  ProxyAnchorLoss: (peer) => {
    const options = { margin: peer.number("margin"), alpha: peer.number("alpha"), distance: peer.distance };
    const loss = proxyAnchor({ ...peer.classes, ...options });
    return { ...withClassVectors(loss, "proxies", false), terms: { pos_loss: "positive", neg_loss: "negative" } };
  },
};
