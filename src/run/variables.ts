import { Tensor as RuntimeTensor } from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import {
  allocate,
  type NumericArray,
  namedParameters,
  type Parameter,
  type ParameterTree,
  staticSize,
  toStorage,
} from "../graph/index.js";
import { Random } from "../rng/index.js";

interface Slot {
  readonly name: string;
  /** Of no use to the next step, so not worth keeping in a file. */
  readonly scratch: boolean;
  current: RuntimeTensor;
  /** Second buffer of a variable whose old value is still read while the new one is written. */
  spare: RuntimeTensor | undefined;
}

function wrap(parameter: Parameter, values: NumericArray): RuntimeTensor {
  return new RuntimeTensor(parameter.dtype as "float32", values as Float32Array, [...parameter.shape]);
}

/** The values of parameters, in buffers made once and updated by programs in place. */
export class Variables {
  private readonly slots = new Map<Parameter, Slot>();
  private last: Promise<unknown> = Promise.resolve();

  /** Adds every parameter of `tree` under its dotted path, initialised from a stream of `random` named after it. */
  add(tree: ParameterTree, random: Random): void {
    this.allot(tree, (name) => random.fork(name), false);
  }

  /** Adds parameters that no step reads from the step before, such as collected gradients: they are not among {@link entries}. */
  addScratch(tree: ParameterTree): void {
    const random = new Random(0);
    this.allot(tree, () => random, true);
  }

  private allot(tree: ParameterTree, randomOf: (name: string) => Random, scratch: boolean): void {
    for (const [name, parameter] of namedParameters(tree)) {
      if (this.slots.has(parameter)) continue;
      if ([...this.slots.values()].some((slot) => slot.name === name)) {
        throw new SimileError({
          code: "duplicate-name",
          where: `parameter ${name}`,
          expected: "one parameter for each name",
          received: "a second one",
          remedy: "nest the trees under different names",
        });
      }
      const values = parameter.initializer(parameter.shape, randomOf(name));
      const storage = toStorage(values, parameter.dtype);
      if (storage.length !== staticSize(parameter.shape)) {
        throw new SimileError({
          code: "shape-mismatch",
          where: `initialiser of ${name}`,
          expected: `${staticSize(parameter.shape)} numbers`,
          received: `${storage.length}`,
          remedy: "return one number for each element of the shape",
        });
      }
      this.slots.set(parameter, { name, scratch, current: wrap(parameter, storage), spare: undefined });
    }
  }

  private slot(parameter: Parameter): Slot {
    const slot = this.slots.get(parameter);
    if (slot !== undefined) return slot;
    throw new SimileError({
      code: "undeclared-parameter",
      where: "variables",
      expected: "a parameter that was added",
      received: `${parameter}${parameter.node.scope && ` of scope ${parameter.node.scope}`}`,
      remedy: "add the tree of its owner first",
    });
  }

  /** For programs: runs `step` after every step before it has ended. */
  exclusively<T>(step: () => Promise<T>): Promise<T> {
    const result = this.last.then(step);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Names by parameter, for whoever writes a graph. */
  names(): Map<Parameter, string> {
    return new Map([...this.slots].map(([parameter, { name }]) => [parameter, name]));
  }

  /** All parameters with names, in order of addition, but for scratch: what a checkpoint holds. */
  entries(): [string, Parameter][] {
    const kept = [...this.slots].filter(([, { scratch }]) => !scratch);
    return kept.map(([parameter, { name }]) => [name, parameter]);
  }

  has(parameter: Parameter): boolean {
    return this.slots.has(parameter);
  }

  /** The present value: a view that the next step may overwrite; copy what must last. */
  value(parameter: Parameter): NumericArray {
    return this.slot(parameter).current.data as unknown as NumericArray;
  }

  /** Overwrites a value. */
  assign(parameter: Parameter, values: NumericArray): void {
    const target = this.value(parameter);
    if (target.length !== values.length || target.constructor !== values.constructor) {
      throw new SimileError({
        code: "shape-mismatch",
        where: `variable ${this.slot(parameter).name}`,
        expected: `${target.constructor.name} of ${target.length} numbers`,
        received: `${values.constructor.name} of ${values.length}`,
        remedy: "the values belong to another model or configuration",
      });
    }
    (target as Float32Array).set(values as Float32Array);
  }

  /** For programs: the buffer to read. */
  read(parameter: Parameter): RuntimeTensor {
    return this.slot(parameter).current;
  }

  /** For programs: the buffer to write; the one read now when `inPlace`, else a second one. */
  target(parameter: Parameter, inPlace: boolean): RuntimeTensor {
    const slot = this.slot(parameter);
    if (inPlace) return slot.current;
    slot.spare ??= wrap(parameter, allocate(parameter.dtype, staticSize(parameter.shape)));
    return slot.spare;
  }

  /** For programs: makes the second buffer, now written, the present value. */
  swap(parameter: Parameter): void {
    const slot = this.slot(parameter);
    [slot.current, slot.spare] = [slot.spare as RuntimeTensor, slot.current];
  }
}
