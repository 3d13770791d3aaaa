import { nearestNeighbours } from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";
import { type Case, normals, type Suite } from "../suite.js";

const NEIGHBOURS = 10;

/** Every row looks for its nearest others by cosine among all rows. */
function search(count: number, dimension: number): Case {
  return {
    async make(threads) {
      const rows = { data: normals(count * dimension, new Random(1)), dimension };
      const options = { k: NEIGHBOURS, queriesInGallery: true, threads };
      return { run: () => nearestNeighbours(rows, rows, options), release: async () => {} };
    },
    work: { flop: 2 * count * count * dimension },
  };
}

const sizes = [
  [10_000, 128],
  [10_000, 512],
  [60_502, 128],
  [60_502, 512],
] as const;

/** The peer's program stands before the size; with numpy and scikit-learn only the small sizes take bearable time. */
const cases = [
  ...sizes.map(([count, dimension]) => ({ peer: "torch", count, dimension })),
  ...["numpy", "sklearn", "faiss", "usearch"].flatMap((peer) =>
    sizes.slice(0, 2).map(([count, dimension]) => ({ peer, count, dimension })),
  ),
];

export const suite: Suite = {
  title: "exact search of all rows among all rows, 10 neighbours by cosine",
  peer: { name: "named peer", script: "nearest_neighbours.py" },
  cases: Object.fromEntries(
    cases.map(({ peer, count, dimension }) => [`${peer}/${count}x${dimension}`, search(count, dimension)]),
  ),
};
