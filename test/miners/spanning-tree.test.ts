import { expect, it } from "vitest";
import { constant } from "../../src/graph/index.js";
import { minimumSpanningForest, spanningTree } from "../../src/miners/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph } from "../../src/run/index.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { spanningEdges } from "../oracles/spanning-tree.js";
import { unitDistance } from "../oracles/vectors.js";

minerLaws("spanning-tree", {
  oracle: ({ query, labels }) => ({
    positive: [...new Set(labels)].flatMap((label) =>
      spanningEdges(
        labels.flatMap((other, i) => (other === label ? [i] : [])),
        (i, j) => unitDistance(query[i]!, query[j]!),
      ).flatMap(([i, j]): [number, number][] => [
        [i, j],
        [j, i],
      ]),
    ),
  }),
});

const line = { name: "lp", normalize: false };

it("links neighbours on a line: 0 - 1 - 3, not 0 - 3", async () => {
  const [result] = await mine(spanningTree({ distance: line }), [[0], [3], [1]], [0, 0, 0]);
  expect(result!.positive).toEqual([
    [0, 0, 1],
    [0, 0, 1],
    [1, 1, 0],
  ]);
});

it("an outlier adds one edge, and equal distances still give a tree", async () => {
  const rows = [[0], [1], [2], [100], [1], [1]];
  const [result] = await mine(spanningTree({ distance: line }), rows, [0, 0, 0, 0, 1, 1]);
  expect(result!.positive[3]).toEqual([0, 0, 1, 0, 0, 0]);
  const same = await mine(spanningTree({ distance: line }), [[1], [1], [1], [1], [1]], [0, 0, 0, 0, 0]);
  expect(same[0]!.positive.flat().filter((weight) => weight > 0).length).toBe(8);
});

it("equals Prim's trees on random graphs of several parts", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = new Random(seed);
    const size = 20;
    const part = Array.from({ length: size }, () => random.integer(3));
    // Few different lengths: ties are broken by index.
    const length = Array.from({ length: size * size }, () => 0);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < i; j++) length[i * size + j] = length[j * size + i] = 1 + random.integer(seed < 5 ? 1000 : 4);
    const weights = length.map((_, at) => Number(part[Math.floor(at / size)] === part[at % size]));
    const matrix = (values: number[]) => constant(Float64Array.from(values), { shape: [size, size] });
    const edges = minimumSpanningForest(matrix(length), matrix(weights), 5).cast("float64");
    const program = await compileGraph({ outputs: { edges } }, { threads: 1 });
    const { edges: found } = await program.run({});
    await program.release();
    const chosen = Array.from(found!.data as Float64Array);
    const lengthOf = (flags: readonly number[]) => flags.reduce((sum, flag, at) => sum + flag * length[at]!, 0);
    const expected = new Array<number>(size * size).fill(0);
    for (const name of new Set(part)) {
      const members = part.flatMap((p, i) => (p === name ? [i] : []));
      for (const [i, j] of spanningEdges(members, (a, b) => length[a * size + b]!)) {
        expected[i * size + j] = expected[j * size + i] = 1;
      }
    }
    expect(chosen.filter((flag) => flag > 0).length).toBe(expected.filter((flag) => flag > 0).length);
    expect(lengthOf(chosen)).toBe(lengthOf(expected));
    if (seed < 5) expect(chosen).toEqual(expected);
  }
});
