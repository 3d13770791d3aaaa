import { expect, it } from "vitest";
import { miners } from "../../src/miners/index.js";
import { minerLaws } from "../laws/miner.js";
import { cosineOf, unitDistance } from "../oracles/vectors.js";

type Rule = "easy" | "semi-hard" | "hard" | "all";
const rules: Rule[] = ["easy", "semi-hard", "hard", "all"];
const allowed = (p: Rule, n: Rule) =>
  !(p === "semi-hard" && n === "semi-hard") && !([p, n].includes("semi-hard") && [p, n].includes("all"));

/** The extreme of some indices, the first of equals. */
function best(indices: readonly number[], value: (i: number) => number): number | undefined {
  return [...indices].sort((i, j) => value(j) - value(i))[0];
}

for (const positive of rules) {
  for (const negative of rules.filter((n) => allowed(positive, n))) {
    minerLaws("batch-easy-hard", {
      options: { positive, negative },
      oracle: ({ query, positives, negatives }) => {
        const pairs = query.map((q, a) => {
          const d = (i: number) => unitDistance(q, query[i]!);
          const near = (i: number) => -d(i);
          const pick = (rule: Rule, of: readonly number[], hard: (i: number) => number) =>
            rule === "all"
              ? [...of]
              : [best(of, rule === "easy" ? (i) => -hard(i) : hard)].filter((i) => i !== undefined);
          let p = pick(positive, positives(a), d);
          let n = pick(negative, negatives(a), near);
          if (negative === "semi-hard")
            n = pick(
              "hard",
              negatives(a).filter((i) => p.length > 0 && d(i) > d(p[0]!)),
              near,
            );
          if (positive === "semi-hard")
            p = pick(
              "hard",
              positives(a).filter((i) => n.length > 0 && d(i) < d(n[0]!)),
              d,
            );
          const keep = positive === "all" || negative === "all" || (p.length > 0 && n.length > 0);
          return keep ? { p, n } : { p: [], n: [] };
        });
        return {
          positive: pairs.flatMap(({ p }, a) => p.map((i): [number, number] => [a, i])),
          negative: pairs.flatMap(({ n }, a) => n.map((i): [number, number] => [a, i])),
        };
      },
    });
  }
}

minerLaws("batch-easy-hard", {
  options: {
    positive: "hard",
    negative: "hard",
    positiveRange: [-0.5, 0.6],
    negativeRange: [-0.9, 0.4],
    distance: "cosine",
  },
  oracle: ({ query, positives, negatives }) => ({
    triplets: query.flatMap((q, a): [number, number, number][] => {
      const s = (i: number) => cosineOf(q, query[i]!);
      const p = best(
        positives(a).filter((i) => s(i) >= -0.5 && s(i) <= 0.6),
        (i) => -s(i),
      );
      const n = best(
        negatives(a).filter((i) => s(i) >= -0.9 && s(i) <= 0.4),
        s,
      );
      return p === undefined || n === undefined ? [] : [[a, p, n]];
    }),
  }),
});

it("refuses rules that wait for each other", () => {
  const create = (positive: Rule, negative: Rule) => () => miners.create("batch-easy-hard", { positive, negative });
  expect(create("semi-hard", "semi-hard")).toThrow(/one of positive and negative must not be semi-hard/);
  expect(create("semi-hard", "all")).toThrow(/not all/);
  expect(create("all", "semi-hard")).toThrow(/not all/);
});
