import { beforeAll, describe, expect, it } from "vitest";
import { SimileError } from "../../src/errors/index.js";
import { grad, simplify } from "../../src/grad/index.js";
import {
  input,
  namedParameters,
  type Parameter,
  reachableNodes,
  staticSize,
  type Tensor,
} from "../../src/graph/index.js";
import { type Loss, type LossInput, losses, lossValue } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, type Program, Variables } from "../../src/run/index.js";
import { indicesWhere, type Rows } from "../oracles/vectors.js";

/** What an oracle sees: plain numbers. */
export interface OracleBatch {
  readonly query: Rows;
  readonly labels: readonly number[];
  /** Parameters of the loss by their dotted paths, as rows. */
  readonly parameters: Readonly<Record<string, Rows>>;
  /** Indices of the other samples of the same class, and of those of other classes. */
  positives(query: number): number[];
  negatives(query: number): number[];
}

/** What the suite must know about a loss. */
export interface LossLaws {
  /** Options to test with. Losses that have options `classes`, `dimension` and `dtype` get these besides. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The loss with its default reduction, computed the slow and obvious way. */
  readonly oracle?: (batch: OracleBatch) => number;
  /** Set with the reason when the published gradient is not the derivative of the value. */
  readonly detached?: string;
  /** Set with the reason when the value depends on the order of the batch. */
  readonly ordered?: string;
  /** Another input than the class relation of a batch with itself. */
  readonly input?: (query: Tensor, labels: Tensor, dtype: Float) => LossInput;
  /** Largest tensor allowed, in multiples of B x R. Default 16. */
  readonly largest?: number;
}

type Float = "float32" | "float64";
/** Most positives a query can have; null where the relation does not tell. */
type Bound = number | null;

const DIMENSION = 6;
const CLASSES = 5;
const BOUND = 4;
const LABELS = [0, 1, 2, 0, 1, 2, 0, 3, 3, 1, 4, 0];

/** A loss compiled for batches of one size, with its gradients. */
class Compiled {
  readonly variables = new Variables();
  private constructor(
    readonly loss: Loss,
    readonly dtype: Float,
    readonly size: number,
  ) {
    this.variables.add(loss.parameters, new Random(7));
  }
  private program!: Program;

  static async of(name: string, laws: LossLaws, dtype: Float, size: number, bound: Bound = BOUND): Promise<Compiled> {
    const compiled = new Compiled(create(name, laws, dtype), dtype, size);
    const graph = trace(compiled.loss, laws, dtype, size, bound);
    compiled.program = await compileGraph({ outputs: graph.outputs }, { variables: compiled.variables, threads: 1 });
    return compiled;
  }

  get parameters(): [string, Parameter][] {
    return namedParameters(this.loss.parameters).filter(([, parameter]) => parameter.trainable);
  }

  async run(query: ArrayLike<number>, labels: readonly number[]): Promise<{ value: number; gradients: number[][] }> {
    const data = this.dtype === "float64" ? Float64Array.from(query) : Float32Array.from(query);
    const results = await this.program.run({ query: data, labels: BigInt64Array.from(labels, BigInt) }, new Random(3));
    const numbers = (key: string) => Array.from(results[key]!.data as Float64Array, Number);
    return {
      value: numbers("value")[0]!,
      gradients: ["query", ...this.parameters.map(([name]) => name)].map((name) => numbers(`gradient ${name}`)),
    };
  }

  release(): Promise<void> {
    return this.program.release();
  }
}

function create(name: string, { options = {} }: LossLaws, dtype: Float): Loss {
  const known = Object.entries({ classes: CLASSES, dimension: DIMENSION, dtype });
  const { shape } = losses.entry(name).options;
  return losses.create(name, { ...Object.fromEntries(known.filter(([key]) => Object.hasOwn(shape, key))), ...options });
}

function trace(loss: Loss, laws: LossLaws, dtype: Float, size: number, bound: Bound) {
  const query = input("query", dtype, [size, DIMENSION]);
  const labels = input("labels", "int64", [size]);
  const given = laws.input?.(query, labels, dtype) ?? {
    query,
    key: query,
    ...classRelation(labels, { dtype, positivesPerQuery: bound ?? undefined }),
  };
  const { value } = lossValue(loss, given);
  const named = namedParameters(loss.parameters).filter(([, parameter]) => parameter.trainable);
  const gradients = grad(value, [query, ...named.map(([, parameter]) => parameter)]);
  const outputs: Record<string, Tensor> = { value };
  ["query", ...named.map(([name]) => name)].forEach((name, i) => {
    outputs[`gradient ${name}`] = gradients[i]!;
  });
  return { outputs, keys: given.key.shape[0] as number };
}

function randomRows(count: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count * DIMENSION }, () => random.normal());
}

function toRows(flat: ArrayLike<number>, width: number): Rows {
  return Array.from({ length: flat.length / width }, (_, i) => Array.from(flat).slice(i * width, (i + 1) * width));
}

function oracleBatch({ loss, variables }: Compiled, flat: readonly number[]): OracleBatch {
  const parameters = namedParameters(loss.parameters).map(([name, parameter]) => {
    const values = Array.from(variables.value(parameter) as Float64Array, Number);
    return [name, toRows(values, parameter.shape.at(-1) ?? 1)] as const;
  });
  return {
    query: toRows(flat, DIMENSION),
    labels: LABELS,
    parameters: Object.fromEntries(parameters),
    positives: (i) => indicesWhere(LABELS.length, (j) => j !== i && LABELS[j] === LABELS[i]),
    negatives: (i) => indicesWhere(LABELS.length, (j) => LABELS[j] !== LABELS[i]),
  };
}

/** Largest tensor of the whole forward and backward graph, in elements. */
function largestTensor(loss: Loss, laws: LossLaws, size: number, bound: Bound): [number, number] {
  const { outputs, keys } = trace(loss, laws, "float32", size, bound);
  const sizes = reachableNodes(simplify(Object.values(outputs))).flatMap((node) =>
    node.outputs.map(({ shape }) => staticSize(shape)),
  );
  return [Math.max(...sizes), keys];
}

/** The properties every loss has; to be called once in the loss's own test file. */
export function lossLaws(name: string, laws: LossLaws = {}): void {
  describe(`${name}: laws of a loss`, () => {
    let compiled: Compiled;
    beforeAll(async () => {
      compiled = await Compiled.of(name, laws, "float64", LABELS.length);
      return () => compiled.release();
    });

    it.skipIf(!laws.oracle)("equals the naive oracle", async () => {
      for (const seed of [1, 2, 3]) {
        const flat = randomRows(LABELS.length, seed);
        const { value } = await compiled.run(flat, LABELS);
        expect(value).toBeCloseTo(laws.oracle!(oracleBatch(compiled, flat)), 9);
      }
    });

    it.skipIf(laws.detached)("has the derivative of its value as gradient", () => checkGradient(compiled));

    it.skipIf(laws.ordered)("does not depend on the order of the batch", async () => {
      const flat = randomRows(LABELS.length, 5);
      const order = new Random(9).shuffle(LABELS.map((_, i) => i));
      const rows = toRows(flat, DIMENSION);
      const straight = await compiled.run(flat, LABELS);
      const permuted = await compiled.run(
        order.flatMap((i) => rows[i]!),
        order.map((i) => LABELS[i]!),
      );
      expect(permuted.value).toBeCloseTo(straight.value, 9);
      const gradient = toRows(straight.gradients[0]!, DIMENSION);
      expectClose(
        permuted.gradients[0]!,
        order.flatMap((i) => gradient[i]!),
        1e-8,
      );
    });

    it.each(["float32", "float64"] as const)("is finite on degenerate batches in %s", (dtype) =>
      checkDegenerate(name, laws, dtype));

    it("is the same when the relation does not tell how many positives there are", async () => {
      const unbounded = await unlessUnbounded(() => Compiled.of(name, laws, "float64", LABELS.length, null));
      if (unbounded === undefined) return;
      const flat = randomRows(LABELS.length, 8);
      const [expected, actual] = [await compiled.run(flat, LABELS), await unbounded.run(flat, LABELS)];
      await unbounded.release();
      expect(actual.value).toBeCloseTo(expected.value, 9);
      actual.gradients.forEach((gradient, i) => {
        expectClose(gradient, expected.gradients[i]!, 1e-9);
      });
    });

    it.each([BOUND, null])("makes no tensor larger than c x B x R (positives per query: %s)", async (bound) => {
      const loss = create(name, laws, "float32");
      const measured = await unlessUnbounded(() => [64, 192].map((size) => largestTensor(loss, laws, size, bound)));
      if (measured === undefined) return;
      const [[small, fewKeys], [large, manyKeys]] = measured as [[number, number], [number, number]];
      expect(small).toBeLessThanOrEqual((laws.largest ?? 16) * 64 * Math.max(fewKeys, DIMENSION));
      expect(large / small).toBeLessThanOrEqual((3 * manyKeys) / fewKeys);
    });
  });
}

/** What `run` gives, or undefined when the loss says that it needs positivesPerQuery. */
async function unlessUnbounded<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SimileError && error.code === "positives-unbounded") return undefined;
    throw error;
  }
}

/** Central differences along random directions of the embeddings and of every parameter. */
async function checkGradient(compiled: Compiled): Promise<void> {
  const step = 1e-6;
  const flat = randomRows(LABELS.length, 4);
  const { gradients } = await compiled.run(flat, LABELS);
  const random = new Random(11);
  const targets = [undefined, ...compiled.parameters.map(([, parameter]) => parameter)];
  for (const [i, parameter] of targets.entries()) {
    const base = parameter ? Float64Array.from(compiled.variables.value(parameter) as Float64Array) : flat;
    const direction = Array.from(base, () => random.normal());
    const at = async (t: number) => {
      const moved = Float64Array.from(base, (x, j) => x + t * direction[j]!);
      if (parameter) compiled.variables.assign(parameter, moved);
      const { value } = await compiled.run(parameter ? flat : moved, LABELS);
      return value;
    };
    const slope = ((await at(step)) - (await at(-step))) / (2 * step);
    if (parameter) compiled.variables.assign(parameter, Float64Array.from(base));
    const projected = gradients[i]!.reduce((total, g, j) => total + g * direction[j]!, 0);
    expect(Math.abs(projected - slope)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(slope)));
  }
}

async function checkDegenerate(name: string, laws: LossLaws, dtype: Float): Promise<void> {
  const rows = randomRows(6, 6);
  const one = rows.slice(0, DIMENSION);
  const same = Array.from({ length: 6 }, () => one).flat();
  const batches: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
    "no positives": [rows, [0, 1, 2, 3, 4, 0]],
    "no negatives": [rows.slice(0, 4 * DIMENSION), [2, 2, 2, 2]],
    "all identical": [same, [0, 0, 1, 1, 2, 2]],
    "identical, one class": [same.slice(0, 4 * DIMENSION), [1, 1, 1, 1]],
    "zero vectors": [rows.map(() => 0), [0, 0, 1, 1, 2, 2]],
    "one sample": [one, [3]],
    "two samples": [rows.slice(0, 2 * DIMENSION), [0, 1]],
    "large values": [rows.map((x) => x * 1e3), [0, 0, 1, 1, 2, 2]],
  };
  const programs = new Map<number, Compiled>();
  for (const [what, [query, labels]] of Object.entries(batches)) {
    const given = what === "no positives" ? [0, 1, 2, 3, 4] : labels;
    const flat = query.slice(0, given.length * DIMENSION);
    const compiled = programs.get(given.length) ?? (await Compiled.of(name, laws, dtype, given.length));
    programs.set(given.length, compiled);
    const { value, gradients } = await compiled.run(flat, given);
    expect(value, `value, ${what}`).toSatisfy(Number.isFinite);
    for (const gradient of gradients) expect(gradient.every(Number.isFinite), `gradient, ${what}`).toBe(true);
  }
  for (const compiled of programs.values()) await compiled.release();
}

/** max |actual - expected| <= tolerance * (1 + max |expected|) */
export function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const error = Math.max(...actual.map((x, i) => Math.abs(x - expected[i]!)));
  expect(error).toBeLessThanOrEqual(tolerance * (1 + Math.max(...expected.map(Math.abs))));
}
