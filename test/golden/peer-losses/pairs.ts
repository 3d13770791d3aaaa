import { contrastive, multiSimilarity, triplet } from "../../../src/losses/index.js";
import { NotReproducible } from "../peer-parts.js";
import type { PeerLossBuilder } from "./peer.js";

const pairTerms = { pos_loss: "positive", neg_loss: "negative" };

const contrastiveLoss: PeerLossBuilder = (peer) => ({
  loss: contrastive({
    positiveMargin: peer.number("pos_margin"),
    negativeMargin: peer.number("neg_margin"),
    squared: false,
    distance: peer.distance,
  }),
  terms: pairTerms,
  pairwise: true,
});

/** Losses of pairs and triplets by the peer's class name. */
export const pairLosses: Readonly<Record<string, PeerLossBuilder>> = {
  ContrastiveLoss: contrastiveLoss,
  SignalToNoiseRatioContrastiveLoss: contrastiveLoss,
  MultiSimilarityLoss: (peer) => ({
    loss: multiSimilarity({
      alpha: peer.number("alpha"),
      beta: peer.number("beta"),
      base: peer.number("base"),
      distance: peer.distance,
    }),
    tuples: "once",
    columns: true,
    pairwise: true,
  }),
  TripletMarginLoss: (peer) => {
    const { swap, smooth_loss: smooth, triplets_per_anchor: each } = peer.params;
    if (each !== "all")
      throw new NotReproducible("triplets_per_anchor draws triplets at random; the draw is not recorded");
    if (swap === true && peer.inputs.refEmbeddings)
      throw new NotReproducible("the peer's swap takes rows of the queries for those of the references");
    return {
      loss: triplet({
        margin: peer.number("margin"),
        swap: swap === true,
        smooth: smooth === true,
        distance: peer.distance,
      }),
      bounded: swap === true || smooth === true,
      keepsTiny: smooth === true,
    };
  },
};
