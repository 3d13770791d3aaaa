import { expect, it } from "vitest";
import { angular, arcFace, contrastive, nPair, triplet, weightedSum } from "../../src/losses/index.js";
import { tripletMargin } from "../../src/miners/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";

lossLaws("weighted-sum", {
  options: {
    losses: [
      { loss: "multi-similarity" },
      { loss: { name: "arcface", scale: 4 }, weight: 0.5 },
      { loss: "triplet", weight: 2, miner: { name: "triplet-margin", triplets: "semi-hard" } },
      { loss: { name: "triplet", margin: 0.5 } },
    ],
  },
});

const rows = [
  [1, 0.1],
  [0.8, 0.5],
  [0.2, 1],
  [-0.6, 0.9],
  [0.9, -0.7],
  [0.5, 0.5],
];
const labels = [0, 0, 1, 1, 2, 2];

it("adds losses, each with its weight", async () => {
  const sum = weightedSum({ losses: [{ loss: nPair() }, { loss: angular(), weight: 2 }] });
  const parts = (await lossOf(nPair(), rows, labels)) + 2 * (await lossOf(angular(), rows, labels));
  expect(await lossOf(sum, rows, labels)).toBeCloseTo(parts, 12);
});

it("gives each loss its own miner's choice", async () => {
  const miner = tripletMargin({ triplets: "hard" });
  const sum = weightedSum({ losses: [{ loss: triplet(), miner }, { loss: contrastive() }] });
  const mined = await lossOf(triplet(), rows, labels, { change: (input) => ({ ...input, ...miner.mine(input) }) });
  expect(await lossOf(sum, rows, labels)).toBeCloseTo(mined + (await lossOf(contrastive(), rows, labels)), 12);
});

it("keeps the parameters of each loss apart and passes on sizes", () => {
  const classes = { classes: 3, dimension: 2 };
  const sum = weightedSum({
    losses: [{ loss: "arcface" }, { loss: "arcface" }, { loss: arcFace(classes) }],
    ...classes,
  });
  expect(Object.keys(sum.parameters)).toEqual(["arcface", "arcface 2", "arcface 3"]);
  expect(() => weightedSum({ losses: [{ loss: "arcface" }] })).toThrow(/classes/);
  expect(() => weightedSum({ losses: [{ loss: "arcfase" }] })).toThrow(/expected one of/);
});
