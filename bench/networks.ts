import { simplify } from "../src/grad/index.js";
import {
  input,
  type NumericArray,
  type Parameter,
  reachableParameters,
  scope,
  type Tensor,
} from "../src/graph/index.js";
import {
  type Backbone,
  backbones,
  type Context,
  context,
  dense,
  type Layer,
  l2Normalize,
  layerNorm,
  patchEmbedding,
  pure,
  sequential,
  transformerBlock,
} from "../src/nn/index.js";
import { writeModel } from "../src/onnx/index.js";
import { equal } from "../src/ops/index.js";
import { sgd } from "../src/optim/index.js";
import { Random } from "../src/rng/index.js";
import { openModelFile, Variables } from "../src/run/index.js";
import { type Exported, exported } from "./exported.js";
import { type Case, momentumBytes, normals, numbersOf, training, trainingStep, type Work } from "./suite.js";
import { productFlop } from "./work.js";

const DIMENSION = 128;
/** Items of a class in a batch. */
const PER_CLASS = 4;
const VIT = { width: 384, heads: 6, depth: 12, tokens: 197 };

const block = () => transformerBlock(VIT.width, { heads: VIT.heads });
const meanOfTokens = () => pure("mean", (x) => x.mean({ axes: 1 }));

/** ViT-S/16 without class token (Touvron et al., ICML 2021). */
function smallViT(imageSize: number): Backbone {
  const blocks = Array.from({ length: VIT.depth }, (_, i): [string, Layer] => [`block${i + 1}`, block()]);
  const layers = {
    patches: patchEmbedding(VIT.width, { imageSize }),
    ...Object.fromEntries(blocks),
    norm: layerNorm(VIT.width),
    mean: meanOfTokens(),
  };
  return { ...sequential(layers), featureSize: VIT.width };
}

/** What a network is fed with, beside the batch. */
interface Plan {
  readonly shape: readonly number[];
  create(): Backbone;
}

function planOf(name: string, size: number): Plan {
  const shape = [3, size, size];
  if (name === "vit-small") return { shape, create: () => smallViT(size) };
  if (name === "vit-block") {
    const create = () => ({ ...sequential([block(), meanOfTokens()]), featureSize: VIT.width });
    return { shape: [VIT.tokens, VIT.width], create };
  }
  const options = name === "conv4" ? { imageSize: size } : {};
  return { shape, create: () => backbones.create(name, options) };
}

/** A backbone with its head, from pictures to embeddings of length 1. */
function embeddingNetwork({ create }: Plan) {
  const backbone = create();
  const head = dense(backbone.featureSize, DIMENSION);
  return {
    parameters: { backbone: backbone.parameters, head: head.parameters },
    embed: (x: Tensor, ctx: Context) =>
      l2Normalize(
        scope("head", () =>
          head.apply(
            scope("backbone", () => backbone.apply(x, ctx)),
            ctx,
          ),
        ),
      ),
  };
}

/** Mean square of similarities minus 1 in a class and 0 among classes: a loss that costs nothing and anyone can write. */
export function squareLoss(embedding: Tensor, labels: Tensor): Tensor {
  const same = equal(labels.unsqueeze(1), labels.unsqueeze(0)).cast("float32");
  return embedding.matmul(embedding.transpose()).sub(same).square().mean();
}

/** Fours of a class, after each other. */
export function labelsOf(batch: number): BigInt64Array {
  return BigInt64Array.from({ length: batch }, (_, i) => BigInt(Math.floor(i / PER_CLASS)));
}

/** A network and how its loss is traced: anew at each call of `trace`. */
function learner(name: string, size: number, batch: number) {
  const plan = planOf(name, size);
  const network = embeddingNetwork(plan);
  const trace = () => {
    const state = new Map<Parameter, Tensor>();
    const learning = context({ training: true, update: (parameter, value) => state.set(parameter, value) });
    const x = input("x", "float32", [batch, ...plan.shape]);
    return { loss: squareLoss(network.embed(x, learning), input("labels", "int64", [batch])), state };
  };
  return { parameters: network.parameters, trace, inputSize: numbersIn(plan.shape) * batch };
}

function numbersIn(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A backbone (`vit-block` and `vit-small` included), embedding, square loss, backward, SGD with momentum. */
export function networkStep(name: string, size: number, batch: number): Case {
  return {
    make(threads) {
      const { parameters, trace, inputSize } = learner(name, size, batch);
      const { loss, state } = trace();
      const feeds = { x: normals(inputSize, new Random(3)), labels: labelsOf(batch) };
      return trainingStep(parameters, loss, sgd({ momentum: 0.9 }), feeds, { threads, rate: 1e-3, state });
    },
    get work(): Work {
      const { loss } = learner(name, size, batch).trace();
      return { flop: productFlop(loss, { training: true }), bytes: momentumBytes(trainedNumbers(loss)) };
    },
  };
}

/** The program of such a step with a value for each of its inputs, to be run elsewhere. */
export async function trainingProgram(name: string, size: number, batch: number): Promise<Exported> {
  const { parameters, trace, inputSize } = learner(name, size, batch);
  const { loss, state } = trace();
  const { compile, variables } = training(parameters, sgd({ momentum: 0.9 }));
  const program = await compile(loss, 1, state);
  await program.release();
  const x = normals(inputSize, new Random(3));
  return exported(program.bytes, { x, labels: labelsOf(batch), learningRate: Float32Array.of(1e-3) }, variables);
}

/** Tracing, differentiating, writing and loading such a step, with its parameters at hand. */
export function networkCompilation(name: string, size: number, batch: number): Case {
  return {
    async make(threads) {
      const { parameters, trace } = learner(name, size, batch);
      const { compile } = training(parameters, sgd({ momentum: 0.9 }));
      const run = async () => {
        const { loss, state } = trace();
        await (await compile(loss, threads, state)).release();
      };
      return { run, release: async () => {} };
    },
  };
}

function trainedNumbers(output: Tensor): number {
  return numbersOf(reachableParameters([output]).filter(({ trainable }) => trainable));
}

/** The ONNX file of an untrained network for inference, with its values in it: [batch, ...] -> `embedding`. */
export function inferenceModel(name: string, size: number, batch: number): Uint8Array {
  const plan = planOf(name, size);
  const network = embeddingNetwork(plan);
  const variables = new Variables();
  variables.add(network.parameters, new Random(1));
  const [embedding] = simplify([network.embed(input("x", "float32", [batch, ...plan.shape]), context())]);
  const parameters = variables.names();
  const values = new Map<Parameter, NumericArray>();
  for (const parameter of parameters.keys()) values.set(parameter, variables.value(parameter));
  return writeModel({ outputs: { embedding: embedding! }, parameters, values }).bytes;
}

/** Embeddings by the exported file, as `simile embed` makes them: ONNX Runtime folds what is constant. */
export function networkForward(name: string, size: number, batch: number): Case {
  const plan = planOf(name, size);
  const shape = [batch, ...plan.shape];
  return {
    async make(threads) {
      const model = await openModelFile(inferenceModel(name, size, batch), { threads });
      const data = normals(numbersIn(shape), new Random(3));
      return { run: () => model.run({ x: { data, shape } }), release: () => model.release() };
    },
    get work(): Work {
      return { flop: productFlop(embeddingNetwork(plan).embed(input("x", "float32", shape), context())) };
    },
  };
}
