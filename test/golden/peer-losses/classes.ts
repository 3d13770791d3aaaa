import type { Parameter, Tensor } from "../../../src/graph/index.js";
import {
  arcFace,
  cosFace,
  type Loss,
  largeMarginSoftmax,
  normalizedSoftmax,
  p2sGrad,
  proxyAnchor,
  proxyNca,
  softTriple,
  sphereFace,
  subcenterArcFace,
} from "../../../src/losses/index.js";
import { asNumber, asRecord } from "../format.js";
import type { PeerConfig, PeerLoss, PeerLossBuilder } from "./peer.js";

/** The peer's angles are in degrees. */
export function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** A loss whose class vectors are the peer's weight `name`, as columns unless said otherwise. */
export function withClassVectors(loss: Loss, name: string, transposed = true): PeerLoss {
  const weights = { [name]: { parameter: loss.classVectors as Parameter, transposed } };
  return { loss, weights, tuples: "query-weights" };
}

function multipliedAngle(peer: PeerConfig) {
  return { ...peer.classes, margin: peer.number("margin"), scale: peer.number("scale"), annealing: false };
}

/** Losses with class vectors by the peer's class name. */
export const classLosses: Readonly<Record<string, PeerLossBuilder>> = {
  ArcFaceLoss: (peer) =>
    withClassVectors(
      arcFace({ ...peer.classes, marginRadians: radians(peer.number("margin")), scale: peer.number("scale") }),
      "W",
    ),
  CosFaceLoss: (peer) =>
    withClassVectors(cosFace({ ...peer.classes, margin: peer.number("margin"), scale: peer.number("scale") }), "W"),
  SubCenterArcFaceLoss: (peer) =>
    withClassVectors(
      subcenterArcFace({
        ...peer.classes,
        centersPerClass: peer.number("sub_centers"),
        marginRadians: radians(peer.number("margin")),
        scale: peer.number("scale"),
      }),
      "W",
    ),
  SphereFaceLoss: (peer) => withClassVectors(sphereFace(multipliedAngle(peer)), "W"),
  LargeMarginSoftmaxLoss: (peer) => withClassVectors(largeMarginSoftmax(multipliedAngle(peer)), "W"),
  NormalizedSoftmaxLoss: (peer) =>
    withClassVectors(
      normalizedSoftmax({
        ...peer.classes,
        temperature: peer.number("temperature"),
        normOrder: asNumber(asRecord(peer.config.distance, peer.where).p, peer.where),
        distance: peer.distance,
      }),
      "W",
    ),
  ProxyNCALoss: (peer) => {
    const { distance } = peer;
    const loss = proxyNca({ ...peer.classes, scale: peer.number("softmax_scale"), denominator: "all", distance });
    // The peer's logits are distances as they are; its samples are weighed as queries beside the proxies.
    const logits = (query: Tensor) => distance.matrix(query, loss.classVectors as Tensor);
    return { ...withClassVectors({ ...loss, logits }, "proxies", false), tuples: "anchor-weights" };
  },
  SoftTripleLoss: (peer) =>
    withClassVectors(
      softTriple({
        ...peer.classes,
        centersPerClass: peer.number("centers_per_class"),
        scale: peer.number("la"),
        smoothing: peer.number("gamma"),
        margin: peer.number("margin"),
        mergeWeight: 0,
        distance: peer.distance,
      }),
      "fc",
    ),
  // The peer reduces by itself, whatever its reducer.
  P2SGradLoss: (peer) => ({
    ...withClassVectors(p2sGrad({ ...peer.classes, overClasses: "mean", tangent: false }), "weight"),
    terms: {},
  }),
  ProxyAnchorLoss: (peer) => {
    const options = { margin: peer.number("margin"), alpha: peer.number("alpha"), distance: peer.distance };
    const loss = proxyAnchor({ ...peer.classes, ...options });
    return { ...withClassVectors(loss, "proxies", false), terms: { pos_loss: "positive", neg_loss: "negative" } };
  },
};
