import type { ParameterTree, Tensor } from "../graph/index.js";
import { losses, lossValue } from "../losses/index.js";
import { miners } from "../miners/index.js";
import type { Context } from "../nn/index.js";
import { classRelation } from "../relations/index.js";
import { create } from "./choice.js";
import type { TrainConfig } from "./config.js";

/** What training minimises, with the parameters it owns. */
export interface Objective {
  readonly parameters: ParameterTree;
  /** A scalar from embeddings [B, D] and int64 labels [B]. */
  apply(embeddings: Tensor, labels: Tensor, context: Context): Tensor;
}

/** What the data and the model say about the objective. */
export interface ObjectiveSizes {
  readonly classes: number;
  readonly dimension: number;
  /** Most positives of a query in a batch, where the sampler bounds them. */
  readonly positivesPerQuery?: number | undefined;
}

/** The loss of a configuration behind its miner. */
export function createObjective(config: TrainConfig, { positivesPerQuery, ...sizes }: ObjectiveSizes): Objective {
  const loss = create(losses, config.loss, sizes);
  const miner = config.miner && create(miners, config.miner);
  return {
    parameters: miner ? { ...loss.parameters, miner: miner.parameters } : loss.parameters,
    apply(embeddings, labels, context) {
      const relation = classRelation(labels, { positivesPerQuery });
      const batch = { query: embeddings, key: embeddings, ...relation };
      const mined = miner ? { ...batch, ...miner.mine(batch) } : batch;
      const { value, updates } = lossValue(loss, mined);
      for (const [parameter, next] of updates ?? []) context.update(parameter, next);
      return value;
    },
  };
}
