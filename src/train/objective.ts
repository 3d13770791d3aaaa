import type { LearnedMap } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import { constant, type ParameterTree, scope, type Tensor } from "../graph/index.js";
import { type Loss, type LossInput, losses, lossValue } from "../losses/index.js";
import { behindMap, miners } from "../miners/index.js";
import type { Context } from "../nn/index.js";
import { stack } from "../ops/index.js";
import { mapChoices } from "../registry/index.js";
import { classRelation, hierarchyRelation, pairedRelation, type Relation } from "../relations/index.js";
import { type Choice, create } from "./choice.js";
import type { TrainConfig } from "./config.js";

/** What training minimises, with the parameters it owns. */
export interface Objective {
  readonly parameters: ParameterTree;
  /** Set when the loss learns its distance: the embedding that is scored and exported lies behind this map. */
  readonly learned?: LearnedMap | undefined;
  /**
   * A scalar from embeddings [B, D] and int64 labels [B]: classes, or what pairedRelation takes. Of two views first all of
   * the one, then all of the other.
   */
  apply(embeddings: Tensor, labels: Tensor, context: Context): Tensor;
}

/** What the data and the model say about the objective. */
export interface ObjectiveSizes {
  readonly classes: number;
  readonly dimension: number;
}

/** How batches are made. */
export interface BatchFacts {
  /** Most positives of a query in a batch of one view, where the sampler bounds them. */
  readonly positivesPerQuery?: number | undefined;
  /** Group of each class, for labels in two levels. */
  readonly groups?: readonly number[] | undefined;
  /** Set when rows come in pairs: what is thought of rows of different pairs. */
  readonly unlisted?: "ignore" | "negatives" | undefined;
}

/** The loss of a configuration. */
export function createLoss(config: TrainConfig, { classes, dimension }: ObjectiveSizes): Loss {
  return create(losses, config.loss, { classes, dimension });
}

/** True for a loss that compares two views of each item, and nothing else. */
function comparesViews({ name, ...options }: Choice): boolean {
  const { accepts, options: schema } = losses.entry(name);
  let inside = false;
  mapChoices(schema.shape, options, ({ registry, name: nested, options: own }) => {
    if ((registry as unknown) === losses) inside ||= comparesViews({ name: nested, ...own });
  });
  return inside || accepts.every((kind) => kind === "views");
}

/** How many differently augmented pictures of each item a batch holds. */
export function viewsOf({ views, loss }: TrainConfig): number {
  const compares = comparesViews(loss);
  if (!compares || views !== 1) return views ?? (compares ? 2 : 1);
  throw new SimileError({
    code: "invalid-option",
    where: "views",
    expected: `2, which ${loss.name} compares`,
    received: "1",
    remedy: "leave it out, or choose another loss",
  });
}

/** The loss of a configuration behind its miner. */
export function createObjective(
  config: TrainConfig,
  { positivesPerQuery, unlisted, groups, ...sizes }: ObjectiveSizes & BatchFacts,
  loss: Loss = createLoss(config, sizes),
): Objective {
  const { learned } = loss;
  const miner = config.miner && behindMap(create(miners, config.miner, { dimension: sizes.dimension }), learned);
  const views = viewsOf(config);
  const batchOf = comparesViews(config.loss) ? twoViews : oneSet;
  // The sampler bounds items of a class, not of a group.
  const bounded = positivesPerQuery !== undefined && groups === undefined;
  const most = bounded ? views * (positivesPerQuery + 1) - 1 : undefined;
  const relate = groups === undefined ? classRelation : inLevels(groups, config.groupWeight);
  const batchAs = (embeddings: Tensor, labels: Tensor): LossInput =>
    unlisted
      ? { query: embeddings, key: embeddings, ...pairedRelation(labels, { unlisted }) }
      : batchOf(embeddings, labels, (own, keyLabels) => relate(own, { keyLabels, positivesPerQuery: most }));
  const valueFor = (embeddings: Tensor, labels: Tensor) => {
    const batch = scope("relation", () => batchAs(embeddings, labels));
    return lossValue(loss, miner ? { ...batch, ...miner.mine(batch) } : batch);
  };
  return {
    parameters: miner ? { ...loss.parameters, miner: miner.parameters } : loss.parameters,
    learned,
    apply(embeddings, labels, context) {
      const { value, updates } = scope("loss", () => valueFor(embeddings, labels));
      if (value.rank > 0) throw notOneNumber(config.loss.name);
      for (const [parameter, next] of updates ?? []) context.update(parameter, next);
      return value;
    },
  };
}

type Relate = (labels: Tensor, keyLabels?: Tensor) => Relation;

function oneSet(rows: Tensor, labels: Tensor, relate: Relate): LossInput {
  return { query: rows, key: rows, ...relate(labels) };
}

/** The first views as queries, the second as keys. */
function twoViews(rows: Tensor, labels: Tensor, relate: Relate): LossInput {
  const half = (x: Tensor) => {
    const size = (x.shape[0] as number) / 2;
    return x.split([size, size], 0) as [Tensor, Tensor];
  };
  const [[query, key], [own, keyLabels]] = [half(rows), half(labels)];
  return { query, key, ...relate(own, keyLabels) };
}

/** The relation of classes in groups: another class of the same group is a positive of that weight. */
function inLevels(groups: readonly number[], weight: number): typeof classRelation {
  const groupOf = constant(groups, { dtype: "int64" });
  const levels = (labels: Tensor) => stack([groupOf.gather(labels), labels], 1);
  return (labels, { keyLabels, ...options } = {}) =>
    hierarchyRelation(levels(labels), {
      ...options,
      keyLabels: keyLabels && levels(keyLabels),
      levelWeights: [weight, 1],
    });
}

/** Losses that own a vector a class have nothing to learn from pairs, and a pair is one view of two items. */
export function checkTakesPairs(config: TrainConfig): void {
  const { loss, views } = config;
  const refused = (where: string, expected: string, received: string, remedy: string) =>
    new SimileError({ code: "loss-needs-classes", where, expected, received, remedy });
  if (!losses.entry(loss.name).accepts.includes("pairs")) {
    const able = losses.entries.filter(({ accepts }) => accepts.includes("pairs")).map(({ name }) => name);
    const remedy = "choose one of these, such as multi-similarity or contrastive, or train on labels without pairs";
    throw refused(
      `loss ${loss.name}`,
      `a loss that learns from pairs: ${able.join(", ")}`,
      "one that does not",
      remedy,
    );
  }
  if (config.groupWeight > 0) throw refused("groupWeight", "0 with pairs", `${config.groupWeight}`, "leave it out");
  if ((views ?? 1) > 1) throw refused("views", "1 with pairs", `${views}`, "leave out views");
}

function notOneNumber(name: string): SimileError {
  return new SimileError({
    code: "invalid-option",
    where: `loss ${name}`,
    expected: "a reducer that gives one number",
    received: "one that gives many",
    remedy: "leave out the reducer none: it is for looking at a loss",
  });
}
