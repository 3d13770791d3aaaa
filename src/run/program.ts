import { type OnnxValue, Tensor as RuntimeTensor } from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import { simplify } from "../grad/index.js";
import {
  allocate,
  type DType,
  evaluateDim,
  input,
  inputName,
  Parameter,
  randomDistribution,
  reachableNodes,
  type Shape,
  sameShape,
  staticSize,
  type Tensor,
} from "../graph/index.js";
import { undeclaredParameter, writeModel } from "../onnx/index.js";
import type { Random } from "../rng/index.js";
import { InPlaceUpdates } from "./aliasing.js";
import type { DeviceOptions } from "./device.js";
import { draw } from "./draw.js";
import { checkNames, type Feed, failingWell, feedShapes, runtimeTensor, type Value, wrongFeed } from "./feed.js";
import { runInto, sequenceRefusal, UNREAD } from "./results.js";
import { leaseSession, type SessionLease } from "./sessions.js";
import type { Variables } from "./variables.js";

/** Element type and shape of each input of a program, by name. */
export type InputSpecs = Readonly<Record<string, { readonly dtype?: DType; readonly shape: Shape }>>;

/** What a traced function gives: values to return, and new values of parameters. */
export interface Traced {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: ReadonlyMap<Parameter, Tensor>;
  /**
   * All inputs that runs may feed, whether or not the graph needs them: named sizes are read from them, and a feed of
   * another name is refused. Default: what the graph uses, and feeds of other names are ignored.
   */
  readonly inputs?: readonly Tensor[];
}

export type { Feed, Value } from "./feed.js";

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
  /** Names of the inputs that may be fed, needed or not; undefined where only the graph tells. */
  readonly declared: ReadonlySet<string> | undefined;
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor }[];
  readonly updates: readonly Update[];
}

/** A graph ready to run: an ONNX session with its parameters bound. */
export class Program {
  private released = false;

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

  /** What the session reads, and the value of each named size. */
  private collect(
    feeds: Readonly<Record<string, Feed>>,
    random: Random | undefined,
  ): { collected: Record<string, OnnxValue>; sizes: ReadonlyMap<string, number> } {
    const { name: program, feeds: wanted, declared, variables } = this.parts;
    const given = wanted.filter(({ tensor }) => inputName(tensor) !== undefined);
    checkNames(program, feeds, given, declared);
    const { shapes, sizes } = feedShapes(program, given, feeds);
    const collected: Record<string, OnnxValue> = {};
    for (const { name, tensor } of wanted) {
      const distribution = randomDistribution(tensor);
      if (distribution) {
        if (random === undefined) throw wrongFeed(program, name, tensor, "no generator to draw it from");
        const shape = tensor.shape.map((dim) => evaluateDim(dim, sizes));
        collected[name] = new RuntimeTensor("float32", draw(distribution, shape, random), shape);
      } else if (tensor instanceof Parameter) collected[name] = (variables as Variables).read(tensor);
      else collected[name] = runtimeTensor(program, name, tensor, feeds[name] as Feed, shapes.get(name) as number[]);
    }
    return { collected, sizes };
  }

  /**
   * Runs once. Parameters with an update have their new values afterwards.
   *
   * @param feeds a value for each input, by name
   * @param random generator for random leaves (dropout masks); needed when the graph has any
   */
  async run(feeds: Readonly<Record<string, Feed>>, random?: Random): Promise<Record<string, Value>> {
    const { name, variables, updates } = this.parts;
    if (this.released) {
      throw new SimileError({
        code: "released",
        where: name,
        expected: "a program that still has its session",
        received: "one that was released",
        remedy: "release a program after its last run, or compile it again",
      });
    }
    // Steps that were not awaited would each start from the values before all of them.
    return variables && updates.length > 0
      ? variables.exclusively(() => this.runNow(feeds, random))
      : this.runNow(feeds, random);
  }

  private async runNow(feeds: Readonly<Record<string, Feed>>, random?: Random): Promise<Record<string, Value>> {
    const { name: program, lease, variables, outputs, updates } = this.parts;
    const { collected, sizes } = this.collect(feeds, random);
    const places: Record<string, RuntimeTensor> = {};
    const values = outputs.map(({ name, tensor: { dtype, shape } }) => {
      const dims = shape.map((dim) => evaluateDim(dim, sizes));
      const data = allocate(dtype, staticSize(dims));
      places[returned(name)] = new RuntimeTensor(dtype as "float32", data as Float32Array, dims);
      return [name, { data, shape: dims }] as const;
    });
    for (const { parameter, output, inPlace } of updates) places[output] = variables!.target(parameter, inPlace);
    await failingWell(program, () => runInto(lease.session, collected, places));
    for (const { parameter, inPlace } of updates) if (!inPlace) variables!.swap(parameter);
    return Object.fromEntries(values);
  }

  /** Gives the session back; call when the program is no longer needed. */
  release(): Promise<void> {
    this.released = true;
    return this.parts.lease.release();
  }
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
  const inputs = entries.map(([, tensor]) => tensor);
  return compileGraph({ inputs, ...fn(Object.fromEntries(entries) as { [K in keyof S]: Tensor }) }, options);
}

/** {@link compile} for a graph already traced from `input` leaves. */
export async function compileGraph(traced: Traced, options: CompileOptions = {}): Promise<Program> {
  const { name = "program", variables } = options;
  const outputNames = Object.keys(traced.outputs);
  const parameters = [...(traced.updates?.keys() ?? [])];
  if (outputNames.length + parameters.length === 0) throw nothingToCompute(name);
  const simplified = simplify([...Object.values(traced.outputs), ...(traced.updates?.values() ?? [])]);
  const variableNames = variables?.names() ?? new Map<Parameter, string>();
  const named: Record<string, Tensor> = {};
  outputNames.forEach((output, i) => {
    named[returned(output)] = simplified[i]!;
  });
  const inPlace = new InPlaceUpdates(reachableNodes(simplified));
  const updates = parameters.map((parameter, i): Update => {
    const update = simplified[outputNames.length + i]!;
    const output = `${checkUpdate(name, parameter, update, variableNames)}:new`;
    named[output] = update;
    // A parameter that is itself a result is copied when the graph ends, perhaps after it was written.
    return {
      parameter,
      output,
      inPlace: !simplified.includes(parameter) && inPlace.allow(parameter, update),
    };
  });
  const { inputs } = traced;
  const emptySequence = (await sequenceRefusal()) === undefined ? {} : { emptySequence: UNREAD };
  const model = writeModel({
    outputs: named,
    parameters: variableNames,
    ...(inputs && { inputs }),
    ...emptySequence,
    name,
  });
  const declared = inputs && new Set(inputs.flatMap((tensor) => inputName(tensor) ?? []));
  const lease = await leaseSession(model.bytes, { ...options, distinct: true });
  const { bytes, inputs: feeds } = model;
  const results = outputNames.map((output, i) => ({ name: output, tensor: simplified[i]! }));
  return new Program({ name, bytes, lease, variables, feeds, declared, outputs: results, updates });
}

function nothingToCompute(program: string): SimileError {
  return new SimileError({
    code: "shape-mismatch",
    where: program,
    expected: "an output or an update",
    received: "neither",
    remedy: "return what is to be computed",
  });
}

/** Name of a parameter whose update fits it. */
function checkUpdate(
  program: string,
  parameter: Parameter,
  update: Tensor,
  names: ReadonlyMap<Parameter, string>,
): string {
  const name = names.get(parameter);
  if (name === undefined) throw undeclaredParameter(program, parameter);
  if (sameShape(update.shape, parameter.shape) && update.dtype === parameter.dtype) return name;
  throw new SimileError({
    code: "shape-mismatch",
    where: `${program}, update of ${name}`,
    expected: `${parameter}`,
    received: `${update}`,
    remedy: "an update must have the parameter's shape and type",
  });
}
