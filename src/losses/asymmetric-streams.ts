import { z } from "zod";
import { type LearnedMap, normalize } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import type { Parameter, Tensor } from "../graph/index.js";
import { spanningTree } from "../miners/index.js";
import { arange, concat, logicalNot, matmul } from "../ops/index.js";
import { type Relation, withoutPairs } from "../relations/index.js";
import { classOptions, classVectors } from "./classes.js";
import { scalarTerm } from "./combinators.js";
import { type Loss, type LossEntry, type LossInput, lossValue } from "./loss.js";
import { createLoss, lossChoice } from "./nested.js";

const options = z.strictObject({
  loss: lossChoice
    .default("contrastive")
    .describe("loss of pairs or triplets within and across the streams, by name or with options; default contrastive"),
  dimension: classOptions.dimension,
  streamDimension: z.number().int().positive().optional().describe("dimension of each stream; default the embedding's"),
  share: z.number().positive().max(1).default(0.5).describe("share of the batch that the short stream sees"),
  tree: z.boolean().default(true).describe("positives are the edges of each class's minimum spanning tree alone"),
  acrossWeight: z.number().min(0).default(1).describe("factor on the loss across the streams"),
  learningRateMultiplier: classOptions.learningRateMultiplier.describe("factor on the learning rate of the streams"),
  dtype: classOptions.dtype,
});

/** Options of {@link asymmetricStreams}. */
export type AsymmetricStreamsOptions = z.input<typeof options>;

/**
 * Asymmetric metric learning by rich relationship mining (Xu et al., DAMLRRM, CVPR 2019): two heads of their own
 * parameters on one network see data streams of unequal length, and only near neighbours of a class, the edges of its
 * minimum spanning tree, are pulled together.
 *
 *   L(long, long) + L(short, short) + acrossWeight L(long, short)
 *
 * query [B, D] that are their own keys -> terms `long`, `short` and `across`, each the inner loss by its own reducer. The
 * long stream sees the batch, the short one an evenly spread `share` of it. The tree is that of both streams together.
 * The embedding that is used is the two normalised streams side by side: the loss declares them as a learned map. The
 * paper's text on the streams was not to be had, nor code: this part is an interpretation of its abstract.
 */
export function asymmetricStreams(settings: AsymmetricStreamsOptions): Loss {
  const { loss: choice, share, tree, acrossWeight, dimension, streamDimension, ...rest } = options.parse(settings);
  const size = streamDimension ?? dimension;
  const loss = createLoss(choice, { dimension: size, dtype: rest.dtype });
  if (loss.learned !== undefined) throw learnedInside(loss);
  const streams = { long: classVectors(size, dimension, rest), short: classVectors(size, dimension, rest) };
  const learned = sideBySide(streams, size);
  const miner = spanningTree({ distance: { name: "lp", normalize: false } });
  return {
    name: `asymmetric-streams ${loss.name}`,
    parameters: { ...loss.parameters, streams },
    learned,
    classVectors: loss.classVectors,
    reducer: loss.reducer,
    terms: (input) => {
      if (!input.keysAreQueries) throw separateKeys();
      const rows = learned.project(input.query);
      const related: Relation = tree ? miner.mine({ ...input, query: rows, key: rows }) : input;
      const seen = everySo(input, share);
      const value = (query: Tensor, key: Tensor, relation: Relation) => lossValue(loss, { ...relation, query, key });
      const [long, short] = [streamOf(input.query, streams.long), streamOf(input.query, streams.short)];
      const unseen = logicalNot(seen);
      const shortKeys = withoutPairs(related, unseen.unsqueeze(0).expand(related.positive.shape));
      const shortOnly = withoutPairs(shortKeys, unseen.unsqueeze(1).expand(related.positive.shape));
      const parts = {
        long: value(long, long, related),
        short: value(short, short, shortOnly),
        across: value(long, short, { ...shortKeys, keysAreQueries: false }),
      };
      return {
        terms: {
          long: scalarTerm(parts.long.value),
          short: scalarTerm(parts.short.value),
          across: scalarTerm(parts.across.value.mul(acrossWeight)),
        },
        updates: new Map(Object.values(parts).flatMap(({ updates }) => [...(updates ?? [])])),
      };
    },
  };
}

/** Both streams as one map, each of length sqrt(1/2): inner products are the mean of the streams' cosines. */
function sideBySide(streams: { readonly long: Parameter; readonly short: Parameter }, size: number): LearnedMap {
  return {
    parameters: streams,
    matrix: concat([streams.long, streams.short], 0),
    dimension: 2 * size,
    project: (x) => concat([streamOf(x, streams.long), streamOf(x, streams.short)], -1).mul(Math.SQRT1_2),
  };
}

function streamOf(x: Tensor, map: Parameter): Tensor {
  return normalize(matmul(x, map.cast(x.dtype).transpose()));
}

/** Bool [B]: true for a share of the rows, evenly spread. */
function everySo({ query }: LossInput, share: number): Tensor {
  const place = arange(query.shape[0]!).cast("float64");
  return place.add(1).mul(share).floor().greater(place.mul(share).floor());
}

function learnedInside(loss: Loss): SimileError {
  return new SimileError({
    code: "invalid-option",
    where: "asymmetric-streams.loss",
    expected: "a loss without a learned distance",
    received: loss.name,
    remedy: "the streams are learned maps already; use a plain distance inside",
  });
}

function separateKeys(): SimileError {
  return new SimileError({
    code: "separate-keys",
    where: "asymmetric-streams",
    expected: "keys that are the queries",
    received: "separate keys",
    remedy: "use the loss within the batch",
  });
}

export const asymmetricStreamsEntry: LossEntry<typeof options> = {
  name: "asymmetric-streams",
  summary: "two heads that see data streams of unequal length, and only near neighbours of a class as positives",
  paper: "Xu et al., Deep Asymmetric Metric Learning via Rich Relationship Mining, CVPR 2019",
  options,
  wraps: true,
  accepts: ["classes", "multi-label"],
  create: asymmetricStreams,
};
