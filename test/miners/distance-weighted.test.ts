import { describe, expect, it } from "vitest";
import { constant } from "../../src/graph/index.js";
import { defineMiner, distanceWeighted, drawColumns, negativeProbabilities } from "../../src/miners/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph } from "../../src/run/index.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";

minerLaws("distance-weighted", { random: "negatives are drawn" });
minerLaws("distance-weighted", { options: { fallback: "none" }, random: "negatives are drawn" });

/** The distribution of the first row's negatives. */
async function probabilities(rows: number[][], labels: number[], options = {}): Promise<number[][]> {
  const shown = defineMiner("shown", (input) => ({ negative: negativeProbabilities(input, options) }));
  return (await mine(shown, rows, labels))[0]!.negative;
}

/** A unit vector of `dimension` at a given distance from the first axis. */
function at(distance: number, dimension: number): number[] {
  const cos = 1 - distance ** 2 / 2;
  return [cos, Math.sqrt(1 - cos ** 2), ...new Array<number>(dimension - 2).fill(0)];
}

describe("negativeProbabilities", () => {
  it("is in inverse proportion to the distance in three dimensions", async () => {
    const [[, , half, one]] = (await probabilities([at(0, 3), at(0.1, 3), at(0.5, 3), at(1, 3)], [0, 0, 1, 2])) as [
      number[],
    ];
    expect(half! / one!).toBeCloseTo(2, 10);
    expect(half! + one!).toBeCloseTo(1, 12);
  });

  it("has the density of distances on a sphere of many dimensions", async () => {
    const [[, , near, far]] = (await probabilities(
      [at(0, 128), at(0.1, 128), at(0.6, 128), at(0.7, 128)],
      [0, 0, 1, 2],
    )) as [number[]];
    const logDensity = (d: number) => 126 * Math.log(d) + (125 / 2) * Math.log(1 - d ** 2 / 4);
    expect(Math.log(near! / far!)).toBeCloseTo(logDensity(0.7) - logDensity(0.6), 8);
  });

  it("loses no row to a near pair elsewhere, and falls back to all negatives where each is too far", async () => {
    const rows = [at(0, 512), at(0.01, 512), at(1.39, 512), at(1.99, 512)];
    const result = await probabilities(rows, [0, 1, 0, 1]);
    for (const row of result) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
    const far = await probabilities([at(0, 8), at(1.5, 8), at(1.9, 8), at(0.1, 8)], [0, 1, 2, 0]);
    expect(far[0]).toEqual([0, 0.5, 0.5, 0]);
    const dropped = await probabilities([at(0, 8), at(1.5, 8), at(1.9, 8), at(0.1, 8)], [0, 1, 2, 0], {
      fallback: "none",
    });
    expect(dropped[0]).toEqual([0, 0, 0, 0]);
  });
});

it("draws one negative for each positive pair, with the stated frequencies", async () => {
  const rows = [at(0, 3), at(0.1, 3), at(0.5, 3), at(1, 3)];
  for (const positivesPerQuery of [1, 4]) {
    const runs = await mine(distanceWeighted(), rows, [0, 0, 1, 2], { positivesPerQuery, runs: 600 });
    const drawn = runs.map(({ triplets }) => triplets.filter(([a]) => a === 0));
    for (const triplets of drawn) expect(triplets.map(([, p]) => p)).toEqual([1]);
    const share = drawn.filter(([triplet]) => triplet![2] === 2).length / 600;
    expect(Math.abs(share - 2 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 600));
    expect(runs[0]!.negative[0]!.reduce((a, b) => a + b)).toBe(1);
  }
});

it("drawColumns draws in proportion to the weights, never a column without weight", async () => {
  const weights = constant(
    [
      [0, 1, 0, 3, 0],
      [5, 0, 0, 0, 0],
    ],
    { dtype: "float64" },
  );
  const program = await compileGraph({ outputs: { drawn: drawColumns(weights, 4000) } }, { threads: 1 });
  const { drawn } = await program.run({}, new Random(3));
  await program.release();
  const columns = Array.from(drawn!.data as BigInt64Array, Number);
  const counts = [0, 1, 2, 3, 4].map((c) => columns.slice(0, 4000).filter((x) => x === c).length);
  expect(counts[0]! + counts[2]! + counts[4]!).toBe(0);
  expect(Math.abs(counts[1]! / 4000 - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / 4000));
  expect(columns.slice(4000).every((x) => x === 0)).toBe(true);
});
