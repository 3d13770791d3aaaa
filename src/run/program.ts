import { type OnnxValue, Tensor as RuntimeTensor } from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import { simplify } from "../grad/index.js";
import {
  allocate,
  type Distribution,
  type DType,
  evaluateDim,
  formatShape,
  input,
  type NumericArray,
  Parameter,
  randomDistribution,
  reachableNodes,
  type Shape,
  sameShape,
  type Tensor,
} from "../graph/index.js";
import { writeModel } from "../onnx/index.js";
import type { Random } from "../rng/index.js";
import { canUpdateInPlace } from "./aliasing.js";
import type { DeviceOptions } from "./device.js";
import { leaseSession, type SessionLease } from "./sessions.js";
import type { Variables } from "./variables.js";

/** Element type and shape of each input of a program, by name. */
export type InputSpecs = Readonly<Record<string, { readonly dtype?: DType; readonly shape: Shape }>>;

/** What a traced function gives: values to return, and new values of parameters. */
export interface Traced {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: ReadonlyMap<Parameter, Tensor>;
}

/** Numbers with their shape, as programs return them. */
export interface Value {
  readonly data: NumericArray;
  readonly shape: readonly number[];
}

/** What an input accepts: numbers alone where the shape follows from their count, else numbers with a shape. */
export type Feed = NumericArray | Value;

/** Settings of {@link compile}. */
export interface CompileOptions extends DeviceOptions {
  /** Where the values of parameters are; needed when the function uses any. */
  readonly variables?: Variables;
  /** Shown in errors and stored in the graph. */
  readonly name?: string;
}

/** Name of an output in the session: inputs may be called the same. */
function returned(name: string): string {
  return `${name}:out`;
}

interface Update {
  readonly parameter: Parameter;
  readonly output: string;
  readonly inPlace: boolean;
}

interface ProgramParts {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly lease: SessionLease;
  readonly variables: Variables | undefined;
  readonly feeds: readonly { readonly name: string; readonly tensor: Tensor }[];
  readonly outputs: readonly string[];
  readonly updates: readonly Update[];
}

function wrongFeed(program: string, name: string, tensor: Tensor, received: string): SimileError {
  return new SimileError({
    code: "wrong-feed",
    where: `${program}, input ${name}`,
    expected: `${tensor}`,
    received,
    remedy: "feed an array of that element type and size (give { data, shape } when several axes are open)",
  });
}

/** A graph ready to run: an ONNX session with its parameters bound. */
export class Program {
  constructor(private readonly parts: ProgramParts) {}

  /** The ONNX file this program runs. */
  get bytes(): Uint8Array {
    return this.parts.bytes;
  }

  /** How many updated parameters are written over their old values, and how many need a second buffer. */
  get buffers(): { inPlace: number; doubled: number } {
    const inPlace = this.parts.updates.filter((update) => update.inPlace).length;
    return { inPlace, doubled: this.parts.updates.length - inPlace };
  }

  private shapeOf(name: string, tensor: Tensor, feed: Feed, sizes: Map<string, number>): number[] {
    const given = ArrayBuffer.isView(feed) ? undefined : feed.shape;
    const count = (ArrayBuffer.isView(feed) ? feed : feed.data).length;
    const fail = () => wrongFeed(this.parts.name, name, tensor, given ? formatShape(given) : `${count} numbers`);
    if (given && given.length !== tensor.rank) throw fail();
    const open = tensor.shape.filter((dim): dim is string => typeof dim === "string" && !sizes.has(dim));
    if (given) {
      tensor.shape.forEach((dim, axis) => {
        if (typeof dim === "string" && !sizes.has(dim)) sizes.set(dim, given[axis]!);
      });
    } else if (open.length === 1) {
      const known = tensor.shape.reduce<number>(
        (product, dim) => (dim === open[0] ? product : product * evaluateDim(dim, sizes)),
        1,
      );
      sizes.set(open[0]!, known === 0 ? 0 : count / known);
    }
    const shape = tensor.shape.map((dim) => evaluateDim(dim, sizes));
    if (shape.some((size) => !Number.isInteger(size)) || shape.reduce((a, b) => a * b, 1) !== count) throw fail();
    if (given && !sameShape(given, shape)) throw fail();
    return shape;
  }

  private collect(feeds: Readonly<Record<string, Feed>>, random: Random | undefined): Record<string, OnnxValue> {
    const sizes = new Map<string, number>();
    const collected: Record<string, OnnxValue> = {};
    const drawn: { name: string; tensor: Tensor; distribution: Distribution }[] = [];
    for (const { name, tensor } of this.parts.feeds) {
      const distribution = randomDistribution(tensor);
      if (distribution) drawn.push({ name, tensor, distribution });
      else if (tensor instanceof Parameter) collected[name] = this.parts.variables!.read(tensor);
      else {
        const feed = feeds[name];
        if (feed === undefined) throw wrongFeed(this.parts.name, name, tensor, "nothing");
        const data = ArrayBuffer.isView(feed) ? feed : feed.data;
        if (data.constructor !== allocate(tensor.dtype, 0).constructor)
          throw wrongFeed(this.parts.name, name, tensor, data.constructor.name);
        collected[name] = new RuntimeTensor(
          tensor.dtype as "float32",
          data as Float32Array,
          this.shapeOf(name, tensor, feed, sizes),
        );
      }
    }
    for (const { name, tensor, distribution } of drawn) {
      if (random === undefined) throw wrongFeed(this.parts.name, name, tensor, "no generator to draw it from");
      const shape = tensor.shape.map((dim) => evaluateDim(dim, sizes));
      collected[name] = new RuntimeTensor("float32", draw(distribution, shape, random), shape);
    }
    return collected;
  }

  /**
   * Runs once. Parameters with an update have their new values afterwards.
   *
   * @param feeds a value for each input, by name
   * @param random generator for random leaves (dropout masks); needed when the graph has any
   */
  async run(feeds: Readonly<Record<string, Feed>>, random?: Random): Promise<Record<string, Value>> {
    const { lease, variables, outputs, updates } = this.parts;
    const fetches: Record<string, OnnxValue | null> = {};
    for (const name of outputs) fetches[returned(name)] = null;
    for (const { parameter, output, inPlace } of updates) fetches[output] = variables!.target(parameter, inPlace);
    const results = await lease.session.run(this.collect(feeds, random), fetches);
    for (const { parameter, inPlace } of updates) if (!inPlace) variables!.swap(parameter);
    return Object.fromEntries(
      outputs.map((name) => {
        const tensor = results[returned(name)] as RuntimeTensor;
        return [name, { data: tensor.data as unknown as NumericArray, shape: tensor.dims }];
      }),
    );
  }

  /** Gives the session back; call when the program is no longer needed. */
  release(): Promise<void> {
    return this.parts.lease.release();
  }
}

function draw(distribution: Distribution, shape: readonly number[], random: Random): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const next =
    distribution.kind === "normal"
      ? () => random.normal()
      : distribution.kind === "uniform"
        ? () => random.uniform()
        : () => (random.uniform() < distribution.probability ? 1 : 0);
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

/**
 * Traces `fn` over symbolic inputs, simplifies and writes the graph, and makes an ONNX Runtime session of it.
 *
 *     const program = await compile(({ x }) => ({ outputs: { y: x.matmul(x.transpose()) } }), { x: { shape: ["n", 4] } });
 *     const { y } = await program.run({ x: new Float32Array(8) });
 */
export async function compile<S extends InputSpecs>(
  fn: (inputs: { readonly [K in keyof S]: Tensor }) => Traced,
  specs: S,
  options: CompileOptions = {},
): Promise<Program> {
  const entries = Object.entries(specs).map(
    ([name, { dtype, shape }]) => [name, input(name, dtype ?? "float32", shape)] as const,
  );
  return compileGraph(fn(Object.fromEntries(entries) as { [K in keyof S]: Tensor }), options);
}

/** {@link compile} for a graph already traced from `input` leaves. */
export async function compileGraph(traced: Traced, options: CompileOptions = {}): Promise<Program> {
  const name = options.name ?? "program";
  const outputNames = Object.keys(traced.outputs);
  const parameters = [...(traced.updates?.keys() ?? [])];
  const simplified = simplify([...Object.values(traced.outputs), ...(traced.updates?.values() ?? [])]);
  const variableNames = options.variables?.names() ?? new Map<Parameter, string>();
  const named: Record<string, Tensor> = {};
  outputNames.forEach((output, i) => {
    named[returned(output)] = simplified[i]!;
  });
  const nodes = reachableNodes(simplified);
  const updates = parameters.map((parameter, i): Update => {
    const update = simplified[outputNames.length + i]!;
    const output = `${variableNames.get(parameter) ?? "?"}:new`;
    if (!sameShape(update.shape, parameter.shape) || update.dtype !== parameter.dtype) {
      throw new SimileError({
        code: "shape-mismatch",
        where: `${name}, update of ${output.slice(0, -4)}`,
        expected: `${parameter}`,
        received: `${update}`,
        remedy: "an update must have the parameter's shape and type",
      });
    }
    named[output] = update;
    const isReturned = simplified.slice(0, outputNames.length).includes(parameter);
    return { parameter, output, inPlace: !isReturned && canUpdateInPlace(parameter, update, nodes) };
  });
  const model = writeModel({ outputs: named, parameters: variableNames, name });
  const lease = await leaseSession(model.bytes, options);
  return new Program({
    name,
    bytes: model.bytes,
    lease,
    variables: options.variables,
    feeds: model.inputs,
    outputs: outputNames,
    updates,
  });
}
