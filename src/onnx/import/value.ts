import {
  constant,
  constantValue,
  type Dim,
  type DType,
  type NumericArray,
  Parameter,
  type Tensor,
} from "../../graph/index.js";
import { cast, concat, dimension, reshape } from "../../ops/index.js";

/** Numbers known while the graph is built, among them sizes that have only a name (`"batch"`). */
export interface Known {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major; booleans as 0 and 1. */
  readonly data: readonly Dim[];
}

/** Longest array of numbers that is followed through a computation of shapes. */
export const LARGEST_KNOWN = 65_536;

/** What a name of an ONNX graph stands for: a symbolic tensor, and its numbers where the file fixes them. */
export class Value {
  private made: Tensor | undefined;
  private found: { readonly known: Known | undefined } | undefined;

  private constructor(
    private readonly make: () => Tensor,
    private readonly read: () => Known | undefined,
    /** True for a weight: its numbers are only where training starts. */
    readonly isWeight: boolean,
  ) {}

  /** A tensor of the graph; its elements are known only when it is a constant. */
  static of(tensor: Tensor): Value {
    const known = (): Known | undefined => {
      const numbers = constantValue(tensor);
      if (numbers === undefined || numbers.length > LARGEST_KNOWN) return undefined;
      return { dtype: tensor.dtype, shape: tensor.shape as readonly number[], data: Array.from(numbers, Number) };
    };
    return new Value(() => tensor, known, tensor instanceof Parameter);
  }

  /** Numbers computed while the graph is built. */
  static known(known: Known): Value {
    return new Value(
      () => toTensor(known),
      () => known,
      false,
    );
  }

  /** Numbers stored in the file, as a constant or as the start of a parameter. */
  static stored(dtype: DType, shape: readonly number[], numbers: NumericArray, parameter?: Parameter): Value {
    const known = (): Known | undefined =>
      numbers.length <= LARGEST_KNOWN ? { dtype, shape, data: Array.from(numbers, Number) } : undefined;
    return new Value(() => parameter ?? constant(numbers, { dtype, shape }), known, parameter !== undefined);
  }

  /** The value as a tensor; constants become one when first asked for. */
  get tensor(): Tensor {
    this.made ??= this.make();
    return this.made;
  }

  /** The numbers, where the file fixes them. */
  get known(): Known | undefined {
    this.found ??= { known: this.read() };
    return this.found.known;
  }

  /** The numbers, where they cannot change: not those of a weight. */
  get fixed(): Known | undefined {
    return this.isWeight ? undefined : this.known;
  }
}

function toTensor({ dtype, shape, data }: Known): Tensor {
  if (data.every((entry) => typeof entry === "number")) {
    return reshape(constant(data as readonly number[], { dtype, shape: [data.length] }), shape);
  }
  const sizes = data.map((entry) => reshape(dimension([entry], [0], "int64"), [1]));
  return cast(reshape(concat(sizes), shape), dtype);
}
