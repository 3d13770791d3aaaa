import {
  type Attributes,
  applySingle,
  broadcastShapes,
  checked,
  constant,
  type DType,
  mismatch,
  type NestedNumbers,
  type Op,
  type Shape,
  Tensor,
  type TensorType,
} from "../graph/index.js";

/** What an arithmetic function accepts beside a tensor: a number or nested numbers take the tensor's element type. */
export type Operand = Tensor | NestedNumbers;

/** `operand` as a tensor, numbers in the element type of `like`. */
export function toTensor(operand: Operand, like?: Tensor): Tensor {
  return operand instanceof Tensor ? operand : constant(operand, like === undefined ? {} : { dtype: like.dtype });
}

/** Two operands as tensors, a number taking the type of its partner. */
export function toTensors(a: Operand, b: Operand): [Tensor, Tensor] {
  const like = a instanceof Tensor ? a : b instanceof Tensor ? b : undefined;
  return [toTensor(a, like), toTensor(b, like)];
}

/** Makes functions callable as methods of Tensor; their types are declared beside them. */
export function methods(functions: { readonly [name: string]: (self: Tensor, ...rest: never[]) => unknown }): void {
  for (const [name, run] of Object.entries(functions)) {
    Object.defineProperty(Tensor.prototype, name, {
      value(this: Tensor, ...rest: unknown[]) {
        return run(this, ...(rest as never[]));
      },
    });
  }
}

/** True for float32 and float64. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Throws unless every input has one of `allowed` and all have the same. */
export function checkTypes(inputs: readonly TensorType[], allowed: readonly DType[]): DType {
  const dtype = (inputs[0] as TensorType).dtype;
  if (!allowed.includes(dtype)) {
    throw mismatch(`element type ${allowed.join(" or ")}`, "cast it first: x.cast(...)", "dtype-mismatch");
  }
  if (inputs.some((type) => type.dtype !== dtype)) {
    throw mismatch("the same element type in all inputs", "cast one of them: x.cast(...)", "dtype-mismatch");
  }
  return dtype;
}

/** Element types of real numbers. */
export const floats: readonly DType[] = ["float32", "float64"];
/** Element types that can be computed with. */
export const numbers: readonly DType[] = ["float32", "float64", "int64"];

/** Shape of two inputs after broadcasting, or a mismatch. */
export function checkBroadcast(a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (shape === undefined) {
    throw mismatch("shapes that broadcast (each axis equal, or 1)", "reshape or expand one of them");
  }
  return shape;
}

/** `axis` counted from the front; {@link checkAxis} refuses what is out of range. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** `axis`, already counted from the front, or a mismatch when the tensor does not have it. */
export function checkAxis(axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
  throw mismatch(
    `one of ${rank} axes instead of axis ${axis < 0 ? axis - rank : axis}`,
    "name an axis the tensor has (negative ones count from the end)",
  );
}

/** {@link fromFront}, with the error of `name` when the tensor does not have that axis. */
export function axisOf(name: string, x: Tensor, axis: number, rank = x.rank): number {
  return checked(name, [x], () => checkAxis(fromFront(axis, rank), rank));
}

/** Function that applies a one-output op without attributes. */
export function simple<A extends Attributes>(op: Op<A>, ...inputs: readonly Tensor[]): Tensor {
  return applySingle(op, inputs, {} as A);
}
