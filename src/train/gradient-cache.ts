import { SimileError } from "../errors/index.js";
import { grad } from "../grad/index.js";
import {
  evaluateDim,
  input,
  inputName,
  Parameter,
  randomDistribution,
  reachableNodes,
  reachableParameters,
  scope,
  substitute,
  type Tensor,
} from "../graph/index.js";
import { context } from "../nn/index.js";
import type { Random } from "../rng/index.js";
import { compileGraph, draw, type Feed } from "../run/index.js";
import type { EmbeddingModel } from "./model.js";
import type { Learner, StepTarget, TrainingStep } from "./step.js";

/** Embedding a piece: its inputs, random numbers included, and what comes of it. */
interface Piece {
  readonly x: Tensor;
  readonly embeddings: Tensor;
  /** New running statistics. */
  readonly state: ReadonlyMap<Parameter, Tensor>;
  /** What stands for the random leaves: a piece is embedded twice, and must meet the same numbers both times. */
  readonly drawn: ReadonlyMap<Tensor, Tensor>;
}

function tracePiece(model: EmbeddingModel, pieceSize: number): Piece {
  const { dtype, shape } = model.specification(pieceSize);
  const x = input("x", dtype, shape);
  const state = new Map<Parameter, Tensor>();
  const embedded = model.embed(
    x,
    context({ training: true, update: (parameter, value) => state.set(parameter, value) }),
  );
  const leaves = reachableNodes([embedded, ...state.values()]).flatMap(({ outputs: [leaf] }) =>
    leaf && randomDistribution(leaf) ? [leaf] : [],
  );
  const drawn = new Map(leaves.map((leaf, i) => [leaf, input(`random${i}`, leaf.dtype, leaf.shape)]));
  const [embeddings, ...values] = substitute([embedded, ...state.values()], drawn);
  return { x, embeddings: embeddings!, state: new Map([...state.keys()].map((key, i) => [key, values[i]!])), drawn };
}

/** Where the gradient of a parameter is collected. */
function collectorOf({ shape, dtype }: Parameter): Parameter {
  const initializer = (sizes: readonly number[]) => new Float32Array(sizes.reduce((a, b) => a * b, 1));
  return new Parameter(shape, { dtype, initializer, trainable: false });
}

/** Adds the gradients of one piece to those collected; the first piece of a batch (`keep` 0) starts anew. */
function backwardGraph(
  { x, embeddings, state, drawn }: Piece,
  collectors: ReadonlyMap<Parameter, Parameter>,
  recompute: boolean,
) {
  const gradient = input("gradient", embeddings.dtype, embeddings.shape);
  const keep = input("keep", "float32", []);
  const taught = [...collectors.keys()];
  const gradients = grad(embeddings.mul(gradient).sum(), taught, undefined, { recompute });
  const updates = new Map(state);
  scope("collect", () =>
    taught.forEach((parameter, i) => {
      const collector = collectors.get(parameter)!;
      updates.set(collector, collector.mul(keep.cast(collector.dtype)).add(gradients[i]!));
    }),
  );
  return { outputs: {}, updates, inputs: [x, gradient, keep, ...drawn.values()] };
}

/** The loss on all embeddings, and its gradients by them and by the parameters that only the loss uses. */
function lossGraph({ objective, batchSize }: Learner, { embeddings }: Piece, own: ReadonlyMap<Parameter, Parameter>) {
  const all = input("embeddings", embeddings.dtype, [batchSize, ...embeddings.shape.slice(1)]);
  const labels = input("labels", "int64", [batchSize]);
  const updates = new Map<Parameter, Tensor>();
  const training = context({ training: true, update: (parameter, value) => updates.set(parameter, value) });
  const loss = objective.apply(all, labels, training);
  const [gradient, ...gradients] = grad(loss, [all, ...own.keys()]);
  [...own.values()].forEach((collector, i) => updates.set(collector, gradients[i]!));
  const compared = objective.learned?.project(all);
  return { outputs: { loss, gradient: gradient!, ...(compared && { compared }) }, updates, inputs: [all, labels] };
}

function updateGraph({ rule, average }: Learner, collectors: ReadonlyMap<Parameter, Parameter>) {
  const learningRate = input("learningRate", "float32", []);
  const gradients = rule.trained.map((parameter) => collectors.get(parameter)!);
  const updates = scope("optimizer", () => rule.update(gradients, learningRate));
  scope("average", () => average?.update(updates));
  return { outputs: {}, updates, inputs: [learningRate] };
}

function checkPieces(batchSize: number, pieceSize: number): void {
  if (batchSize % pieceSize === 0) return;
  throw new SimileError({
    code: "invalid-configuration",
    where: "pieceSize",
    expected: `a size that divides the batch of ${batchSize}`,
    received: `${pieceSize}`,
    remedy: "choose a batch size that is a multiple of it",
  });
}

/**
 * A step by gradient caching (Gao, Zhang, Han and Callan, "Scaling Deep Contrastive Learning Batch Size under Memory Limited
 * Setup", RepL4NLP 2021): embeds a batch piece by piece, keeps only the embeddings, takes the loss and its gradient on
 * all of them, and goes back through each piece, embedded once more. Gradients are those of the whole batch, while only one
 * piece's activations are in memory; the price is a second forward pass.
 *
 * One difference is inherent: batch normalisation in training sees a piece, not the batch, and its running statistics
 * move once a piece.
 *
 * @param pieceSize items of a piece; must divide the batch size
 */
export async function compileCachedStep(
  learner: Learner,
  pieceSize: number,
  target: StepTarget,
): Promise<TrainingStep> {
  const { model, batchSize, rule, recompute } = learner;
  checkPieces(batchSize, pieceSize);
  const piece = tracePiece(model, pieceSize);
  const used = new Set(reachableParameters([piece.embeddings]));
  const collectors = new Map(rule.trained.map((parameter) => [parameter, collectorOf(parameter)]));
  const inModel = new Map([...collectors].filter(([parameter]) => used.has(parameter)));
  const inLoss = new Map([...collectors].filter(([parameter]) => !used.has(parameter)));
  const { variables } = target;
  // Numbered on from what is there: each phase of a training adds its own.
  const first = variables.names().size;
  variables.addScratch(
    Object.fromEntries([...collectors.values()].map((collector, i) => [`gradient${first + i}`, collector])),
  );
  const inputs = [piece.x, ...piece.drawn.values()];
  const graphs = {
    embed: { outputs: { embeddings: piece.embeddings }, inputs },
    loss: lossGraph(learner, piece, inLoss),
    backward: backwardGraph(piece, inModel, recompute),
    update: updateGraph(learner, collectors),
  };
  const [embed, loss, backward, update] = await Promise.all(
    Object.entries(graphs).map(([name, graph]) => compileGraph(graph, { ...target, name: `training step: ${name}` })),
  );
  const pieces = batchSize / pieceSize;

  return {
    async run({ x, labels }, learningRate, random) {
      const { dimension } = model;
      const feeds = (i: number) => pieceFeeds(piece, x, i, pieces, random.fork(`piece/${i}`));
      const embeddings = new Float32Array(batchSize * dimension);
      for (let i = 0; i < pieces; i++) {
        const part = await embed!.run(feeds(i));
        embeddings.set(part.embeddings!.data as Float32Array, i * pieceSize * dimension);
      }
      const result = await loss!.run({ embeddings, labels }, random);
      const gradients = result.gradient!.data as Float32Array;
      for (let i = 0; i < pieces; i++) {
        const gradient = gradients.subarray(i * pieceSize * dimension, (i + 1) * pieceSize * dimension);
        await backward!.run({ ...feeds(i), gradient, keep: Float32Array.of(i === 0 ? 0 : 1) });
      }
      await update!.run({ learningRate: Float32Array.of(learningRate) });
      const compared = result.compared?.data as Float32Array | undefined;
      return { loss: Number(result.loss!.data[0]), embeddings: compared ?? embeddings };
    },
    async release() {
      for (const program of [embed, loss, backward, update]) await program!.release();
    },
  };
}

function pieceFeeds(
  { drawn }: Piece,
  x: Uint8Array | Float32Array,
  index: number,
  pieces: number,
  random: Random,
): Record<string, Feed> {
  const size = x.length / pieces;
  const numbers = [...drawn].map(([leaf, standIn]) => {
    const shape = leaf.shape.map((dim) => evaluateDim(dim, new Map()));
    return [inputName(standIn)!, draw(randomDistribution(leaf)!, shape, random)];
  });
  return { x: x.subarray(index * size, (index + 1) * size), ...Object.fromEntries(numbers) };
}
