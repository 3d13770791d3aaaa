import { describe, expect, it } from "vitest";
import { diffusion, normalizeAffinities } from "../../src/losses/index.js";
import { compile } from "../../src/run/index.js";
import { lossLaws } from "../laws/loss.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

/** Inverse by Gauss-Jordan elimination. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
  for (let i = 0; i < size; i++) {
    const best = rows.slice(i).reduce((a, row, k) => (Math.abs(row[i]!) > Math.abs(rows[a]![i]!) ? i + k : a), i);
    [rows[i], rows[best]] = [rows[best]!, rows[i]!];
    const pivot = rows[i]![i]!;
    rows[i] = rows[i]!.map((x) => x / pivot);
    for (let k = 0; k < size; k++) {
      const factor = rows[k]![i]!;
      if (k !== i) rows[k] = rows[k]!.map((x, j) => x - factor * rows[i]![j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

function walks(nodes: readonly (readonly number[])[], alpha: number): number[][] {
  const weights = nodes.map((a, i) => nodes.map((b, j) => (i === j ? 0 : Math.exp(2 * Math.max(cosineOf(a, b), 0)))));
  const degrees = weights.map((row) => total(row));
  const rest = weights.map((row, i) =>
    row.map((w, j) => Number(i === j) - (alpha * w) / Math.sqrt(degrees[i]! * degrees[j]!)),
  );
  return inverse(rest).map((row) => row.map((x) => x * (1 - alpha)));
}

lossLaws("manifold", {
  options: { proxies: 3, contextWeight: 2, margin: 0.01 },
  oracle: ({ query, labels, parameters: { proxies } }) => {
    const size = query.length;
    const ends = walks([...query, ...proxies!], 0.8);
    const beyond = (score: (k: number) => number, own: number) => {
      const excess = [0, 1, 2].filter((k) => k !== own).map((k) => score(k) - score(own) + 0.01);
      return Math.log(1 + total(excess.filter((x) => x >= 0).map(Math.exp)));
    };
    return average(
      labels.map((label, i) => {
        const near = beyond((k) => ends[i]![size + k]!, label % 3);
        return near + 2 * beyond((k) => cosineOf(ends[i]!, ends[size + k]!), label % 3);
      }),
    );
  },
});

describe("diffusion", () => {
  it("between two nodes stays at 5 parts of 9", async () => {
    const program = await compile(({ s }) => ({ outputs: { f: diffusion(s!, 0.8) } }), {
      s: { shape: [2, 2], dtype: "float64" },
    });
    const { f } = await program.run({ s: Float64Array.from([0, 1, 1, 0]) });
    [5 / 9, 4 / 9, 4 / 9, 5 / 9].forEach((x, i) => {
      expect(f!.data[i]).toBeCloseTo(x, 7);
    });
    await program.release();
  });

  it("on a regular graph has rows that sum to 1, also for long walks", async () => {
    const program = await compile(({ w }) => ({ outputs: { f: diffusion(normalizeAffinities(w!), 0.99).sum(1) } }), {
      w: { shape: [5, 5], dtype: "float64" },
    });
    const ring = Array.from({ length: 25 }, (_, k) =>
      Number([1, 4].includes((k % 5) - Math.floor(k / 5) + (k % 5 < Math.floor(k / 5) ? 5 : 0))),
    );
    const { f } = await program.run({ w: Float64Array.from(ring) });
    for (const sum of f!.data) expect(sum).toBeCloseTo(1, 7);
    await program.release();
  });
});
