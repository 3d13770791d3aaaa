import { z } from "zod";
import { cosine } from "../distances/index.js";
import { ratio } from "../reducers/index.js";
import { defineLoss, scalarTerm } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({});

/**
 * Spread-out regularizer of embeddings, the global orthogonal regularizer (Zhang et al., ICCV 2017, eq. 9), to be added to
 * another loss: the cosines of negative pairs have the first two moments of random directions,
 *
 *   M1^2 + [M2 - 1/D]_+,  M1 the mean cosine of the negative pairs, M2 the mean of its square
 *
 * query [B, D], key [R, D] -> one value for the batch; 0 without negatives. The authors weigh it 1 beside the triplet
 * loss of local descriptors. The regularizer of the same name does this for class vectors.
 */
export function spreadOutLoss(): Loss {
  return defineLoss({ name: "spread-out" }, ({ query, key, negative }) => {
    const s = cosine().matrix(query, key);
    const pairs = negative.sum();
    const first = ratio(s.mul(negative).sum(), pairs);
    const second = ratio(s.square().mul(negative).sum(), pairs);
    const chance = 1 / (query.shape[1] as number);
    return { spread: scalarTerm(first.square().add(second.sub(chance).relu())) };
  });
}

export const spreadOutLossEntry: LossEntry<typeof options> = {
  name: "spread-out",
  summary: "negative pairs as orthogonal as random directions; to be added to another loss",
  paper: "Zhang et al., Learning Spread-out Local Feature Descriptors, ICCV 2017",
  options,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: spreadOutLoss,
};
