/** Numbers of any rank in row-major order; int64 and bool are plain numbers too. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Position along each axis. */
export type Index = readonly number[];

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Position of the element number `flat`. */
export function indexAt(flat: number, shape: readonly number[]): Index {
  const index: number[] = [];
  for (let rest = flat, axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Number of the element at `index`. */
export function flatAt(index: Index, shape: readonly number[]): number {
  return shape.reduce((flat, size, axis) => flat * size + index[axis]!, 0);
}

/** An array whose elements are computed from their position. */
export function build(shape: readonly number[], element: (index: Index) => number): Values {
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, flat) => element(indexAt(flat, shape))) };
}

export function get(values: Values, index: Index): number {
  const value = values.data[flatAt(index, values.shape)];
  if (value === undefined) throw new RangeError(`no element [${index}] in [${values.shape}]`);
  return value;
}

/** The element that stands at `index` after broadcasting. */
export function getBroadcast(values: Values, index: Index): number {
  const lead = index.length - values.shape.length;
  return get(
    values,
    values.shape.map((size, axis) => (size === 1 ? 0 : index[lead + axis]!)),
  );
}

/** Shape of several arrays after broadcasting. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** `index` with another position along one axis. */
export function moved(index: Index, axis: number, position: number): Index {
  return index.map((own, i) => (i === axis ? position : own));
}

/** All elements along `axis` that share the rest of `index`. */
export function line(values: Values, index: Index, axis: number): number[] {
  return Array.from({ length: values.shape[axis]! }, (_, i) => get(values, moved(index, axis, i)));
}
