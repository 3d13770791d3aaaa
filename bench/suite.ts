import { grad } from "../src/grad/index.js";
import { input, namedParameters, Parameter, type ParameterTree, staticSize, type Tensor } from "../src/graph/index.js";
import { bindOptimizer, type Rule } from "../src/optim/index.js";
import { Random } from "../src/rng/index.js";
import { compile, compileGraph, type Feed, type Program, Variables } from "../src/run/index.js";

/** A step of a case, ready to be repeated. */
export interface Step {
  /** With `timesItself`, gives the milliseconds that it took: waiting for it tells more than its own time. */
  run(): Promise<unknown>;
  readonly timesItself?: true;
  /** Trained numbers, where there are any: the peer must have as many. */
  readonly parameters?: number;
  release(): Promise<void>;
}

/** The least that a step has to do, whoever does it. */
export interface Work {
  /** Floating-point operations of its matrix products and convolutions; a multiplication and an addition are two. */
  readonly flop?: number;
  /** Bytes that it must read and write outside of those. */
  readonly bytes?: number;
}

/** Something to be measured. */
export interface Case {
  make(threads: number): Promise<Step>;
  readonly work?: Work;
}

/** Cases that belong together, with the script of their peer in bench/peers: Python, or TypeScript. */
export interface Suite {
  readonly title: string;
  readonly cases: Readonly<Record<string, Case>>;
  readonly peer: { readonly name: string; readonly script: string };
  /** False where the work is done by processes of short life or of others, whose memory is not told. */
  readonly tellsMemory?: false;
}

export function normals(count: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

/** An optimiser with the values of what it trains; `compile` makes a program of forward, backward and update of a loss. */
export function training(parameters: ParameterTree, rule: Rule) {
  const optimizer = bindOptimizer(rule, namedParameters(parameters), {});
  const variables = new Variables();
  variables.add({ parameters, optimizer: optimizer.parameters }, new Random(1));
  return {
    trained: numbersOf(optimizer.trained),
    variables,
    compile(loss: Tensor, threads: number, state: ReadonlyMap<Parameter, Tensor> = new Map()): Promise<Program> {
      const learningRate = input("learningRate", "float32", []);
      const updates = optimizer.update(grad(loss, optimizer.trained), learningRate);
      for (const [parameter, value] of state) updates.set(parameter, value);
      return compileGraph({ outputs: { loss }, updates }, { variables, threads, name: "bench" });
    },
  };
}

/** Forward, backward and update of `loss` as one program, fed with `feeds` at every step. */
export async function trainingStep(
  parameters: ParameterTree,
  loss: Tensor,
  rule: Rule,
  feeds: Readonly<Record<string, Feed>>,
  { threads, rate = 1e-4, state }: { threads: number; rate?: number; state?: ReadonlyMap<Parameter, Tensor> },
): Promise<Step> {
  const { compile: compileLoss, trained } = training(parameters, rule);
  const program = await compileLoss(loss, threads, state);
  const random = new Random(4);
  return {
    run: () => program.run({ ...feeds, learningRate: Float32Array.of(rate) }, random),
    release: () => program.release(),
    parameters: trained,
  };
}

/** How many numbers `parameters` hold together. */
export function numbersOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((total, { shape }) => total + staticSize(shape), 0);
}

/** Bytes of an Adam step over `count` float32 numbers: gradient read; parameter and two moments read and written. */
export function adamBytes(count: number): number {
  return 7 * 4 * count;
}

/** Bytes of a step of SGD with momentum: gradient read; parameter and velocity read and written. */
export function momentumBytes(count: number): number {
  return 5 * 4 * count;
}

const SIDE = 2048;
const NUMBERS = 1 << 25;

/** What this machine can do at best: a square product, and a pass over memory. */
export const machine: Readonly<Record<"machine/product" | "machine/memory", Case>> = {
  "machine/product": {
    work: { flop: 2 * SIDE ** 3 },
    async make(threads) {
      const shape = [SIDE, SIDE];
      const program = await compile(
        ({ a, b }) => ({ outputs: { c: a.matmul(b) } }),
        { a: { shape }, b: { shape } },
        { threads },
      );
      const feeds = { a: normals(SIDE ** 2, new Random(1)), b: normals(SIDE ** 2, new Random(2)) };
      return { run: () => program.run(feeds), release: () => program.release() };
    },
  },
  "machine/memory": {
    work: { bytes: 8 * NUMBERS },
    async make(threads) {
      const values = new Parameter([NUMBERS], { initializer: ([n]) => new Float32Array(n!), trainable: false });
      const variables = new Variables();
      variables.add({ values }, new Random(1));
      const program = await compileGraph(
        { outputs: {}, updates: new Map([[values, values.add(0.5)]]) },
        { threads, variables },
      );
      if (program.buffers.inPlace !== 1) throw new Error("the pass over memory is to happen in place");
      return { run: () => program.run({}), release: () => program.release() };
    },
  },
};

/** All suites by name; each is a file of bench/suites. */
export const suiteNames = [
  "engine",
  "steps",
  "losses",
  "mining",
  "knn",
  "metrics",
  "input",
  "start",
  "memory",
  "browser",
] as const;

/** The suite called `name`. */
export async function openSuite(name: string): Promise<Suite> {
  if (!suiteNames.some((known) => known === name)) {
    throw new Error(`"${name}" is no suite; choose of ${suiteNames.join(", ")}`);
  }
  const { suite } = (await import(`./suites/${name}.ts`)) as { suite: Suite };
  return suite;
}
