import { Tensor as RuntimeTensor } from "onnxruntime-node";
import { SimileError } from "../errors/index.js";
import { allocate, evaluateDim, formatShape, type NumericArray, sameShape, type Tensor } from "../graph/index.js";

/** Numbers with their shape, as programs return them. */
export interface Value {
  readonly data: NumericArray;
  readonly shape: readonly number[];
}

/** What an input accepts: numbers alone where the shape follows from their count, else numbers with a shape. */
export type Feed = NumericArray | Value;

interface WantedFeed {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Error of a run that was fed wrongly. */
export function wrongFeed(
  program: string,
  name: string,
  expected: Tensor | string,
  received: string,
  remedy = "feed an array of that element type and size (give { data, shape } when several axes are open)",
): SimileError {
  return new SimileError({
    code: "wrong-feed",
    where: `${program}, input ${name}`,
    expected: `${expected}`,
    received,
    remedy,
  });
}

/** Refuses a run without an input that is wanted, or with one that is not among the `declared`, where these are known. */
export function checkNames(
  program: string,
  feeds: Readonly<Record<string, Feed>>,
  wanted: readonly WantedFeed[],
  declared: ReadonlySet<string> | undefined,
): void {
  for (const { name, tensor } of wanted)
    if (feeds[name] === undefined) throw wrongFeed(program, name, tensor, "nothing");
  if (declared === undefined) return;
  const unknown = Object.keys(feeds).find((name) => !declared.has(name));
  if (unknown === undefined) return;
  const names = [...declared].join(", ") || "no inputs";
  throw wrongFeed(program, unknown, `only ${names}`, `an input called ${unknown}`, "correct the name, or leave it out");
}

function dataOf(feed: Feed): NumericArray {
  return ArrayBuffer.isView(feed) ? feed : feed.data;
}

function describe(feed: Feed): string {
  return ArrayBuffer.isView(feed)
    ? `${feed.length} numbers`
    : `${feed.data.length} numbers as ${formatShape(feed.shape)}`;
}

/** Learns what `feed` tells about named sizes; false while it leaves more than one open. */
function learnSizes(tensor: Tensor, feed: Feed, sizes: Map<string, number>): boolean {
  const open = tensor.shape.filter((dim) => typeof dim === "string" && !(evaluateDim(dim, sizes) >= 0));
  if (open.length === 0) return true;
  if (!ArrayBuffer.isView(feed)) {
    tensor.shape.forEach((dim, axis) => {
      if (isName(dim) && !sizes.has(dim)) sizes.set(dim, feed.shape[axis] ?? Number.NaN);
    });
    return true;
  }
  const [name] = open;
  if (open.length > 1 || !isName(name)) return false;
  const known = tensor.shape.reduce<number>((size, dim) => (dim === name ? size : size * evaluateDim(dim, sizes)), 1);
  sizes.set(name, known === 0 ? 0 : feed.length / known);
  return true;
}

function isName(dim: unknown): dim is string {
  return typeof dim === "string" && /^\w+$/.test(dim);
}

/** The shape of each input, and the value of each named size. */
export function feedShapes(
  program: string,
  wanted: readonly WantedFeed[],
  feeds: Readonly<Record<string, Feed>>,
): { shapes: Map<string, number[]>; sizes: Map<string, number> } {
  const sizes = new Map<string, number>();
  let pending = wanted;
  for (let count = -1; pending.length !== count; ) {
    count = pending.length;
    pending = pending.filter(({ name, tensor }) => !learnSizes(tensor, feeds[name] as Feed, sizes));
  }
  const shapes = new Map(
    wanted.map(({ name, tensor }) => [name, checkShape(program, name, tensor, feeds[name] as Feed, sizes)]),
  );
  return { shapes, sizes };
}

function checkShape(
  program: string,
  name: string,
  tensor: Tensor,
  feed: Feed,
  sizes: ReadonlyMap<string, number>,
): number[] {
  const shape = tensor.shape.map((dim) => evaluateDim(dim, sizes));
  const count = shape.reduce((product, size) => product * size, 1);
  const fits =
    shape.every((size) => Number.isInteger(size) && size >= 0) &&
    count === dataOf(feed).length &&
    (ArrayBuffer.isView(feed) || sameShape(feed.shape, shape));
  if (fits) return shape;
  const known = [...sizes].filter(([dim, size]) => tensor.shape.join().includes(dim) && Number.isInteger(size));
  const where = known.map(([dim, size]) => `${dim} = ${size}`).join(", ");
  throw wrongFeed(program, name, where === "" ? tensor : `${tensor} with ${where}`, describe(feed));
}

/** A fed value in the form ONNX Runtime takes. */
export function runtimeTensor(
  program: string,
  name: string,
  tensor: Tensor,
  feed: Feed,
  shape: readonly number[],
): RuntimeTensor {
  const data = dataOf(feed);
  if (!(data instanceof allocate(tensor.dtype, 0).constructor))
    throw wrongFeed(program, name, tensor, data.constructor.name);
  if (tensor.dtype === "bool" && (data as Uint8Array).some((value) => value > 1))
    throw wrongFeed(program, name, tensor, "bytes other than 0 and 1");
  return new RuntimeTensor(tensor.dtype as "float32", data as Float32Array, shape);
}

/** Runs `run`; what ONNX Runtime objects to (such as an index out of range) becomes an error of the program. */
export async function failingWell<T>(program: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SimileError) throw error;
    throw new SimileError(
      {
        code: "run-failed",
        where: program,
        expected: "values that every operator accepts",
        received: error instanceof Error ? error.message : String(error),
        remedy: "check indices and sizes of what was fed; the operator's name starts with the scope it was made in",
      },
      { cause: error },
    );
  }
}
