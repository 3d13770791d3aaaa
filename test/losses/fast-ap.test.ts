import { expect, it } from "vitest";
import { fastAp } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, total, unitDistance } from "../oracles/vectors.js";

const nodes = Array.from({ length: 7 }, (_, l) => (l * 4) / 6);
const pulses = (distances: number[]) =>
  nodes.map((node) => total(distances.map((d) => Math.max(1 - Math.abs(d - node) / (4 / 6), 0))));

lossLaws("fast-ap", {
  options: { bins: 6 },
  oracle: ({ query, positives, negatives }) =>
    average(
      query.flatMap((q, i) => {
        const squared = (j: number) => unitDistance(q, query[j]!) ** 2;
        const own = pulses(positives(i).map(squared));
        const all = pulses([...positives(i), ...negatives(i)].map(squared));
        const until = (h: number[], l: number) => total(h.slice(0, l + 1));
        const terms = own.map((h, l) => (h === 0 ? 0 : (h * until(own, l)) / until(all, l)));
        return positives(i).length === 0 ? [] : [1 - total(terms) / positives(i).length];
      }),
    ),
});

const labels = [0, 1, 2, 3].flatMap((c) => [c, c, c]);

it("of equal points is the share of negatives, of a perfect ranking 0", async () => {
  const equal = labels.map(() => [1, 2]);
  expect(await lossOf(fastAp(), equal, labels)).toBeCloseTo(1 - 2 / 11, 12);
  const perfect = labels.map((c) => [0, 1, 2, 3].map((i) => Number(i === c)));
  expect(await lossOf(fastAp(), perfect, labels)).toBeCloseTo(0, 12);
});
