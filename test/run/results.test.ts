import { describe, expect, it } from "vitest";
import { Parameter } from "../../src/graph/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, Variables } from "../../src/run/index.js";

const COUNT = 2 ** 20;
const PAGE_BYTES = 4096;

function counter(): { values: Parameter; variables: Variables } {
  const values = new Parameter([COUNT], { initializer: ([n]) => new Float32Array(n!), trainable: false });
  const variables = new Variables();
  variables.add({ values }, new Random(1));
  return { values, variables };
}

describe("results", () => {
  it("are written where parameters are, without a copy for each step", async () => {
    const { values, variables } = counter();
    const program = await compile(
      ({ by }) => ({ outputs: {}, updates: new Map([[values, values.add(by)]]) }),
      { by: { shape: [] } },
      { variables },
    );
    const step = () => program.run({ by: Float32Array.of(1) });
    for (let i = 0; i < 5; i++) await step();
    const before = process.resourceUsage().minorPageFault;
    for (let i = 0; i < 50; i++) await step();
    const pages = process.resourceUsage().minorPageFault - before;
    await program.release();
    expect(variables.value(values)[COUNT - 1]).toBe(55);
    // Copies would touch all pages of the parameter at every step.
    expect(pages).toBeLessThan((10 * 4 * COUNT) / PAGE_BYTES);
  });

  it("belong to their run: a later one does not overwrite them", async () => {
    const program = await compile(({ x }) => ({ outputs: { twice: x.mul(2) } }), { x: { shape: ["n"] } });
    const first = await program.run({ x: Float32Array.of(1, 2) });
    const second = await program.run({ x: Float32Array.of(3, 4, 5) });
    await program.release();
    expect([...(first.twice!.data as Float32Array)]).toEqual([2, 4]);
    expect(second.twice).toEqual({ data: Float32Array.of(6, 8, 10), shape: [3] });
  });

  it("of every element type, and of none, have their places", async () => {
    const program = await compile(
      ({ x }) => ({
        outputs: {
          positive: x.greater(0),
          rounded: x.cast("int64"),
          precise: x.cast("float64"),
          bytes: x.cast("uint8"),
          none: x.slice({ axis: 0, start: 0, end: 0 }),
        },
      }),
      { x: { shape: [2] } },
    );
    const { positive, rounded, precise, bytes, none } = await program.run({ x: Float32Array.of(0, 3) });
    await program.release();
    expect(positive!.data).toEqual(Uint8Array.of(0, 1));
    expect(rounded!.data).toEqual(BigInt64Array.of(0n, 3n));
    expect(precise!.data).toEqual(Float64Array.of(0, 3));
    expect(bytes!.data).toEqual(Uint8Array.of(0, 3));
    expect(none).toEqual({ data: new Float32Array(0), shape: [0] });
  });
});
