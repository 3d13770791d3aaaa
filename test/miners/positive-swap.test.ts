import { describe, expect, it } from "vitest";
import {
  batchHard,
  distanceWeighted,
  type Miner,
  positiveSwap,
  spanningTree,
  tripletMargin,
} from "../../src/miners/index.js";
import { tripletSlots } from "../../src/relations/index.js";
import { normalRows } from "../laws/evaluate.js";
import { minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { total } from "../oracles/vectors.js";

minerLaws("positive-swap", { options: { probability: 0, miner: "batch-hard" } });
minerLaws("positive-swap", { options: { probability: 0 }, random: "the miner inside draws" });

const labels = [0, 1, 0, 1, 2, 0, 1, 3];
const rows = normalRows(8, 4, 3);
const alone = [4, 7];

it("is the miner itself, draws included, with probability 0", async () => {
  const [plain] = await mine(distanceWeighted(), rows, labels, { positivesPerQuery: 2 });
  const [wrapped] = await mine(positiveSwap({ probability: 0 }), rows, labels, { positivesPerQuery: 2 });
  expect(wrapped).toEqual(plain);
});

describe("with probability 1", () => {
  it.each([
    ["one triplet a query", batchHard(), undefined],
    ["drawn triplets", distanceWeighted(), 2],
  ])("every triplet has the query as positive and a sample of its class as negative: %s", async (_, inner, bound) => {
    const settings = bound === undefined ? {} : { positivesPerQuery: bound };
    const [plain] = await mine(inner, rows, labels, settings);
    const runs = await mine(positiveSwap({ miner: inner, probability: 1 }), rows, labels, { ...settings, runs: 6 });
    const partners = new Set<string>();
    for (const { triplets, positive, negative } of runs) {
      expect(triplets.length).toBe(plain!.triplets.length);
      for (const [a, p, n] of triplets) {
        expect(p).toBe(a);
        expect(n).not.toBe(a);
        expect(labels[n!]).toBe(labels[a!]);
        partners.add(`${a} ${n}`);
      }
      positive.forEach((row, a) => {
        expect(total(row)).toBe(total(plain!.positive[a]!));
        if (!alone.includes(a)) expect(row[a]).toBe(total(row));
      });
      negative.forEach((row, a) => expect(total(row)).toBe(total(plain!.negative[a]!)));
    }
    expect(partners.size).toBeGreaterThan(6);
  });

  it("pairs keep their number too, and queries without positives their negatives", async () => {
    const [plain] = await mine(spanningTree(), rows, labels);
    const [swapped] = await mine(positiveSwap({ miner: spanningTree(), probability: 1 }), rows, labels);
    swapped!.negative.forEach((row, a) => {
      if (alone.includes(a)) expect(row).toEqual(plain!.negative[a]);
      else expect(row.filter((weight) => weight > 0)).toEqual([total(plain!.negative[a]!)]);
      row.forEach((weight, n) => {
        if (weight > 0 && !alone.includes(a)) expect(labels[n]).toBe(labels[a]);
      });
    });
  });

  it("triplets of a window become slots", async () => {
    const slots = (miner: Miner): Miner => ({
      ...miner,
      mine: (input) => {
        const mined = miner.mine(input);
        const { positive, weight } =
          mined.triplets?.kind === "slots"
            ? mined.triplets
            : tripletSlots({ ...mined, query: input.query, key: input.key }, mined.triplets as never);
        // Numbers of triplets by their negative, and by their positive.
        return {
          ...mined,
          negative: weight.sum(1),
          positive: mined.negative.mul(0).scatterAdd(positive, weight.sum(2), 1),
        };
      },
    });
    const inner = tripletMargin({ margin: 0.4 });
    const bound = { positivesPerQuery: 2 };
    const [plain] = await mine(slots(inner), rows, labels, bound);
    const [swapped] = await mine(slots(positiveSwap({ miner: inner, probability: 1 })), rows, labels, bound);
    for (const a of [0, 1, 2, 3, 5, 6]) {
      expect(total(swapped!.negative[a]!)).toBe(total(plain!.negative[a]!));
      expect(swapped!.positive[a]![a]).toBe(total(plain!.positive[a]!));
      swapped!.negative[a]!.forEach((weight, n) => {
        if (weight > 0) expect(labels[n]).toBe(labels[a]);
      });
    }
  });
});

it("swaps as many queries as it is told", async () => {
  const runs = await mine(positiveSwap({ miner: batchHard(), probability: 0.3 }), rows, labels, { runs: 300 });
  const share = total(runs.map(({ triplets }) => triplets.filter(([a, p]) => a === p).length)) / (300 * 6);
  expect(Math.abs(share - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / 1800));
});
