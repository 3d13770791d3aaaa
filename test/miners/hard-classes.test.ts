import { describe, expect, it } from "vitest";
import { constant } from "../../src/graph/index.js";
import { hardClasses } from "../../src/miners/index.js";
import { normalRows } from "../laws/evaluate.js";
import { type MinerBatch, minerLaws } from "../laws/miner.js";
import { mine } from "../oracles/mine.js";
import { cosineOf, unit } from "../oracles/vectors.js";

function oracle({ query, labels, negatives }: MinerBatch, count: number) {
  const classes = [...new Set(labels)];
  const mean = (label: number) => {
    const rows = query.filter((_, i) => labels[i] === label).map((q) => unit(q));
    return rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
  };
  return query.flatMap((q, a) =>
    classes
      .filter((label) => label !== labels[a])
      .sort((x, y) => cosineOf(q, mean(y)) - cosineOf(q, mean(x)))
      .slice(0, count)
      .map((label): [number, number] => {
        const members = negatives(a).filter((i) => labels[i] === label);
        return [a, members.sort((i, j) => cosineOf(q, query[j]!) - cosineOf(q, query[i]!))[0]!];
      }),
  );
}

minerLaws("hard-classes", {
  options: { temperature: 0, hardClasses: 2 },
  oracle: (batch) => ({ negative: oracle(batch, 2) }),
});
minerLaws("hard-classes", {
  options: { temperature: 0, hardClasses: 50 },
  oracle: (batch) => ({ negative: oracle(batch, 50) }),
});
minerLaws("hard-classes", { random: "classes are drawn" });

describe("signatures", () => {
  const rows = [
    [1, 0],
    [0.9, 0.1],
    [0, 1],
    [0.2, 1],
    [-1, 0],
  ];
  const labels = [0, 0, 1, 1, 2];

  it("of the caller decide which class is near, and classes that are absent are not drawn", async () => {
    const signatures = constant(
      [
        [1, 0],
        [-1, 0],
        [0.9, 0.2],
        [1, 0.01],
      ],
      { dtype: "float64" },
    );
    const [result] = await mine(hardClasses({ signatures, temperature: 0, hardClasses: 1 }), rows, labels);
    // Class 3 has the nearest signature of all but no sample.
    expect(result!.negative[0]).toEqual([0, 0, 0, 0, 1]);
    const [all] = await mine(hardClasses({ signatures, temperature: 0, hardClasses: 3 }), rows, labels);
    expect(all!.negative[0]).toEqual([0, 0, 0, 1, 1]);
  });

  it("are followed more loosely the higher the temperature", async () => {
    const share = async (temperature: number) => {
      const runs = await mine(hardClasses({ temperature, hardClasses: 1 }), rows, labels, { runs: 200 });
      return runs.filter(({ negative }) => negative[0]![3]! > 0).length / 200;
    };
    expect(await share(0.01)).toBe(1);
    // Class means at cosines of about 0.1 and -1.
    const means = [cosineOf(rows[0]!, [0.196, 1.98]), -1];
    const expected = 1 / (1 + Math.exp(means[1]! - means[0]!));
    expect(Math.abs((await share(1)) - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / 200));
  });
});

it("chooses nearer negatives than chance", async () => {
  const rows = normalRows(40, 6, 4);
  const labels = rows.map((_, i) => i % 10);
  const average = (weights: number[][]) => {
    const pairs = weights.flatMap((row, i) => row.flatMap((w, j) => (w > 0 ? [cosineOf(rows[i]!, rows[j]!)] : [])));
    return pairs.reduce((a, b) => a + b) / pairs.length;
  };
  const [hard] = await mine(hardClasses(), rows, labels);
  const all = rows.map((_, i) => rows.map((__, j) => Number(labels[i] !== labels[j])));
  expect(average(hard!.negative)).toBeGreaterThan(average(all) + 0.2);
});
