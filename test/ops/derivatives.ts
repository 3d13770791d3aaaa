import { expect } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, type DType, input, type NumericArray, type Tensor } from "../../src/graph/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph } from "../../src/run/index.js";
import type { Numbers } from "../oracles/images.js";

type Float = Extract<DType, "float32" | "float64">;

function store(values: readonly number[], dtype: Float): NumericArray {
  return dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
}

/** Standard normal numbers of a shape. */
export function normals(shape: readonly number[], random: Random): Numbers {
  return { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()) };
}

/** Different multiples of 1/8 in random order: windows without ties whose order a step of 1/64 does not change. */
export function distinct(shape: readonly number[], random: Random): Numbers {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: random.shuffle(Array.from({ length: size }, (_, i) => (i - size / 2) / 8)) };
}

/** The values of `fn` at `sources`, by ONNX Runtime; `open` gives the first axis of the first source a name. */
export async function evaluate(
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  sources: readonly Numbers[],
  { dtype = "float32", open = false }: { dtype?: Float; open?: boolean } = {},
): Promise<Numbers[]> {
  const inputs = sources.map(({ shape }, i) =>
    input(`x${i}`, dtype, open && i === 0 ? ["batch", ...shape.slice(1)] : shape),
  );
  const made = fn(...inputs);
  const results = Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
  const program = await compileGraph({ outputs: Object.fromEntries(results.map((tensor, i) => [`y${i}`, tensor])) });
  const feeds = sources.map(({ shape, data }, i) => [`x${i}`, { data: store(data, dtype), shape }]);
  const used = await program.run(Object.fromEntries(feeds));
  await program.release();
  return results.map((_, i) => {
    const { data, shape } = used[`y${i}`]!;
    return { shape, data: Array.from(data as Float64Array, Number) };
  });
}

/** Same shape and values to a tolerance relative to the largest expected one. */
export function expectClose(received: Numbers, expected: Numbers, tolerance = 1e-5): void {
  expect(received.shape).toEqual(expected.shape);
  const scale = Math.max(1, ...expected.data.map(Math.abs));
  const worst = Math.max(0, ...received.data.map((value, i) => Math.abs(value - expected.data[i]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}

function moved(values: readonly number[], direction: readonly number[], step: number): number[] {
  return values.map((value, i) => value + step * direction[i]!);
}

function inner(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** How to check: element type, step of the central differences, largest error relative to the derivative's scale. */
export interface DerivativeCheck {
  readonly dtype?: Float;
  readonly step?: number;
  readonly tolerance?: number;
}

/**
 * Checks first and second derivatives of L = sum(r (y + y^2 / 2)), y = fn(sources), r random: the gradient against central
 * differences of L, and for each pair of sources the Hessian times a random direction against central differences of the
 * gradient. Ops that are linear in each source make the differences exact for any step.
 */
export async function checkDerivatives(
  fn: (...inputs: Tensor[]) => Tensor,
  sources: readonly Numbers[],
  { dtype = "float32", step = 0.25, tolerance = 2e-4 }: DerivativeCheck = {},
): Promise<void> {
  const random = new Random(11);
  const inputs = sources.map(({ shape }, i) => input(`x${i}`, dtype, shape));
  const directions = sources.map(({ shape }, i) => input(`v${i}`, dtype, shape));
  const y = fn(...inputs);
  const r = normals(y.shape as readonly number[], random);
  const weights = constant(store(r.data, dtype), { shape: r.shape });
  const loss = y.add(y.square().mul(0.5)).mul(weights).sum();
  const gradients = grad(loss, inputs);
  const outputs: Record<string, Tensor> = { loss };
  gradients.forEach((gradient, i) => {
    outputs[`g${i}`] = gradient;
    // Each direction alone: the differences stay exact where fn is linear in one source at a time.
    grad(gradient.mul(directions[i]!).sum(), inputs).forEach((column, j) => {
      outputs[`h${i}${j}`] = column;
    });
  });
  const program = await compileGraph({ outputs });
  const direction = sources.map(({ shape }) => normals(shape, random));
  const run = async (shifted: number, amount: number): Promise<Record<string, number[]>> => {
    const feeds = sources.flatMap(({ data, shape }, i) => {
      const values = i === shifted ? moved(data, direction[i]!.data, amount) : data;
      return [
        [`x${i}`, { data: store(values, dtype), shape }],
        [`v${i}`, { data: store(direction[i]!.data, dtype), shape }],
      ];
    });
    const results = await program.run(Object.fromEntries(feeds));
    return Object.fromEntries(
      Object.entries(results).map(([key, { data }]) => [key, Array.from(data as Float64Array)]),
    );
  };
  const here = await run(-1, 0);
  for (let i = 0; i < sources.length; i++) {
    const [up, down] = [await run(i, step), await run(i, -step)];
    const slope = (up.loss![0]! - down.loss![0]!) / (2 * step);
    const analytic = inner(here[`g${i}`]!, direction[i]!.data);
    expect(Math.abs(slope - analytic) / Math.max(1, Math.abs(slope)), `gradient ${i}`).toBeLessThan(tolerance);
    for (let j = 0; j < sources.length; j++) {
      const expected = up[`g${j}`]!.map((value, k) => (value - down[`g${j}`]![k]!) / (2 * step));
      const received = { shape: sources[j]!.shape, data: here[`h${i}${j}`]! };
      expectClose(received, { shape: sources[j]!.shape, data: expected }, tolerance);
    }
  }
  await program.release();
}
