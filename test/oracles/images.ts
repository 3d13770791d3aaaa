/** Plain float64 implementations of the image ops, loop by loop. */

/** Numbers in row-major order with their shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** [vertical, horizontal]; padding is [top, left, bottom, right]. */
export interface NaiveWindow {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
}

function build(shape: readonly number[], value: (...index: number[]) => number): Numbers {
  const data: number[] = [];
  const walk = (index: number[]): void => {
    if (index.length === shape.length) data.push(value(...index));
    else for (let i = 0; i < shape[index.length]!; i++) walk([...index, i]);
  };
  walk([]);
  return { shape, data };
}

function read({ shape, data }: Numbers, ...index: number[]): number {
  return data[index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0)]!;
}

function windows(size: number, axis: 0 | 1, { kernel, stride, padding, dilation }: NaiveWindow): number {
  const room = size + padding[axis]! + padding[axis + 2]! - dilation[axis] * (kernel[axis] - 1) - 1;
  return Math.floor(room / stride[axis]) + 1;
}

/** Image cells that a window sees; those outside the image are left out. */
function seen(
  x: Numbers,
  h: number,
  w: number,
  window: NaiveWindow,
): { tap: [number, number]; cell: [number, number] }[] {
  const cells: { tap: [number, number]; cell: [number, number] }[] = [];
  for (let a = 0; a < window.kernel[0]; a++) {
    for (let b = 0; b < window.kernel[1]; b++) {
      const row = h * window.stride[0] + a * window.dilation[0] - window.padding[0];
      const column = w * window.stride[1] + b * window.dilation[1] - window.padding[1];
      const inside = row >= 0 && column >= 0 && row < x.shape[2]! && column < x.shape[3]!;
      if (inside) cells.push({ tap: [a, b], cell: [row, column] });
    }
  }
  return cells;
}

function outputShape(x: Numbers, channels: number, window: NaiveWindow): number[] {
  return [x.shape[0]!, channels, windows(x.shape[2]!, 0, window), windows(x.shape[3]!, 1, window)];
}

export function naiveConv2d(x: Numbers, weight: Numbers, window: NaiveWindow, groups: number): Numbers {
  const [outputs, inputs] = weight.shape as [number, number];
  return build(outputShape(x, outputs, window), (n, o, h, w) => {
    const first = Math.floor(o! / (outputs / groups)) * inputs;
    let sum = 0;
    for (const { tap, cell } of seen(x, h!, w!, window)) {
      for (let c = 0; c < inputs; c++) sum += read(x, n!, first + c, ...cell) * read(weight, o!, c, ...tap);
    }
    return sum;
  });
}

/** Every input cell times the kernel, added where the kernel lands. */
export function naiveConvTranspose2d(
  x: Numbers,
  weight: Numbers,
  window: NaiveWindow,
  groups: number,
  size: readonly [number, number],
): Numbers {
  const [inputs, outputs] = [weight.shape[0]! / groups, weight.shape[1]!];
  const target = { shape: [x.shape[0]!, outputs * groups, ...size], data: [] };
  return build(target.shape, (n, o, row, column) => {
    const group = Math.floor(o! / outputs);
    let sum = 0;
    for (let h = 0; h < x.shape[2]!; h++) {
      for (let w = 0; w < x.shape[3]!; w++) {
        for (const { tap, cell } of seen(target, h, w, window)) {
          if (cell[0] !== row || cell[1] !== column) continue;
          for (let i = 0; i < inputs; i++) {
            const channel = group * inputs + i;
            sum += read(x, n!, channel, h, w) * read(weight, channel, o! % outputs, ...tap);
          }
        }
      }
    }
    return sum;
  });
}

/** `join` gets the values of the cells that each window sees, and how many taps it has. */
export function naivePool2d(
  x: Numbers,
  window: NaiveWindow,
  join: (values: readonly number[], taps: number) => number,
): Numbers {
  return build(outputShape(x, x.shape[1]!, window), (n, c, h, w) => {
    const values = seen(x, h!, w!, window).map(({ cell }) => read(x, n!, c!, ...cell));
    return join(values, window.kernel[0] * window.kernel[1]);
  });
}

export function naiveAdaptiveAverage(x: Numbers, size: readonly [number, number]): Numbers {
  return build([x.shape[0]!, x.shape[1]!, ...size], (n, c, i, j) => {
    const range = (index: number, count: number, cells: number) => {
      const [start, end] = [Math.floor((index * cells) / count), Math.ceil(((index + 1) * cells) / count)];
      return Array.from({ length: end - start }, (_, k) => start + k);
    };
    const values = range(i!, size[0], x.shape[2]!).flatMap((h) =>
      range(j!, size[1], x.shape[3]!).map((w) => read(x, n!, c!, h, w)),
    );
    return values.reduce((a, b) => a + b, 0) / values.length;
  });
}

/** Standardised over all elements for which `group` gives the same key, then scaled and shifted by channel or place. */
export function naiveNormalize(
  x: Numbers,
  group: (index: readonly number[]) => string,
  affine: (value: number, index: readonly number[]) => number,
  epsilon: number,
): { y: Numbers; mean: Map<string, number>; variance: Map<string, number> } {
  const members = new Map<string, number[]>();
  const indices: number[][] = [];
  build(x.shape, (...index) => {
    indices.push(index);
    const key = group(index);
    members.set(key, [...(members.get(key) ?? []), read(x, ...index)]);
    return 0;
  });
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const mean = new Map([...members].map(([key, values]) => [key, average(values)]));
  const variance = new Map(
    [...members].map(([key, values]) => [key, average(values.map((value) => (value - mean.get(key)!) ** 2))]),
  );
  const y = build(x.shape, (...index) => {
    const key = group(index);
    const standard = (read(x, ...index) - mean.get(key)!) / Math.sqrt(variance.get(key)! + epsilon);
    return affine(standard, index);
  });
  return { y, mean, variance };
}
