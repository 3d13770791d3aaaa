import { expect, it } from "vitest";
import { input } from "../../src/graph/index.js";
import { dynamicSoftMargin, lossValue } from "../../src/losses/index.js";
import { classRelation } from "../../src/relations/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { average, total, unitDistance } from "../oracles/vectors.js";

/** Weights of differences by a histogram of nodes -2, -2 + width, ... mixed with what was before. */
function mixedHistogram(z: readonly number[], bins: number, before: number[] | undefined, momentum: number): number[] {
  const counts = Array.from({ length: bins + 1 }, () => 0);
  for (const x of z) {
    const position = ((x + 2) * bins) / 4;
    const node = Math.min(Math.floor(position), bins - 1);
    counts[node]! += (node + 1 - position) / z.length;
    counts[node + 1]! += (position - node) / z.length;
  }
  return before === undefined ? counts : counts.map((count, i) => momentum * count + (1 - momentum) * before[i]!);
}

function weightedMean(z: readonly number[], histogram: readonly number[], bins: number): number {
  return average(z.map((x) => x * total(histogram.slice(0, Math.floor(((x + 2) * bins) / 4) + 1))));
}

function hardest({ query, positives, negatives }: Pick<OracleBatch, "query" | "positives" | "negatives">): number[] {
  const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!);
  const nearest = (i: number) => Math.min(...negatives(i).map((n) => d(i, n)));
  return query.flatMap((_, i) => positives(i).map((p) => d(i, p) - Math.min(nearest(i), nearest(p))));
}

function all({ query, positives, negatives }: OracleBatch): number[] {
  const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!);
  return query.flatMap((_, i) => positives(i).flatMap((p) => negatives(i).map((n) => d(i, p) - d(i, n))));
}

const once = (of: (batch: OracleBatch) => number[], bins: number) => (batch: OracleBatch) =>
  weightedMean(of(batch), mixedHistogram(of(batch), bins, undefined, 1), bins);

lossLaws("dynamic-soft-margin", {
  options: { bins: 20 },
  detached: "the weights have no gradient, as published",
  oracle: once(hardest, 20),
});
lossLaws("dynamic-soft-margin", {
  options: { bins: 16, triplets: "all", detach: false, normalizeBatch: false },
  oracle: once(all, 16),
});

it("remembers the differences of earlier batches", async () => {
  const loss = dynamicSoftMargin({ bins: 12, momentum: 0.25, dtype: "float64" });
  const variables = new Variables();
  variables.add(loss.parameters, new Random(1));
  const labels = [0, 0, 1, 1, 2];
  const query = input("query", "float64", [5, 2]);
  const relation = classRelation(input("labels", "int64", [5]), { dtype: "float64" });
  const { value, updates } = lossValue(loss, { query, key: query, ...relation });
  const program = await compileGraph({ outputs: { value }, updates: new Map(updates) }, { variables, threads: 1 });
  const random = new Random(3);
  let histogram: number[] | undefined;
  for (let step = 0; step < 3; step++) {
    const rows = Array.from({ length: 5 }, () => [random.normal(), random.normal()]);
    const at = labels.map((_, i) => i);
    const z = hardest({
      query: rows,
      positives: (i) => at.filter((j) => j !== i && labels[j] === labels[i]),
      negatives: (i) => at.filter((j) => labels[j] !== labels[i]),
    });
    histogram = mixedHistogram(z, 12, histogram, 0.25);
    const feeds = { query: Float64Array.from(rows.flat()), labels: BigInt64Array.from(labels, BigInt) };
    const result = await program.run(feeds);
    expect(result.value!.data[0]).toBeCloseTo(weightedMean(z, histogram, 12), 9);
  }
  await program.release();
});
