import { expect, it } from "vitest";
import { constant, type Parameter } from "../../src/graph/index.js";
import { countCenters, softTriple } from "../../src/losses/index.js";
import { compileGraph } from "../../src/run/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { lossOf } from "../oracles/loss-of.js";
import { cosineOf, total, unitDistance } from "../oracles/vectors.js";

function oracle(batch: OracleBatch, centers: number, tau: number): number {
  const own = [0, 1, 2, 3, 4].map((c) => batch.parameters.centers!.slice(centers * c, centers * (c + 1)));
  const classification = crossEntropyOf(batch, (q, label) =>
    own.map((ws, c) => {
      const s = ws.map((w) => cosineOf(q, w));
      const mass = s.map((x) => Math.exp(x / 0.1));
      const relaxed = total(s.map((x, k) => (x * mass[k]!) / total(mass)));
      return 20 * (relaxed - (c === label ? 0.01 : 0));
    }),
  );
  const apart = own.flatMap((ws) => ws.flatMap((w, k) => ws.slice(0, k).map((v) => unitDistance(w, v))));
  return classification + (tau * total(apart)) / (5 * centers * (centers - 1));
}

lossLaws("soft-triple", { options: { centersPerClass: 4 }, oracle: (batch) => oracle(batch, 4, 0.2) });
lossLaws("soft-triple", {
  options: { centersPerClass: 2, mergeWeight: 0 },
  oracle: (batch) => oracle(batch, 2, 0),
});

it("chooses the nearest centre as the smoothing vanishes, their mean as it grows", async () => {
  const value = (smoothing: number) => {
    const sizes = { classes: 2, dimension: 2, dtype: "float64" } as const;
    const loss = softTriple({ ...sizes, centersPerClass: 2, smoothing, margin: 0, scale: 1, mergeWeight: 0 });
    const parameters = new Map([[loss.classVectors as Parameter, [1, 0, 0, 1, -1, 0, -1, 0]]]);
    return lossOf(loss, [[0.6, 0.8]], [0], { parameters });
  };
  expect(await value(1e-4)).toBeCloseTo(Math.log(1 + Math.exp(-0.6 - 0.8)), 10);
  expect(await value(1e6)).toBeCloseTo(Math.log(1 + Math.exp(-0.6 - 0.7)), 5);
});

it("counts the distinct centres of each class", async () => {
  const centers = constant([
    [1, 0],
    [0, 1],
    [2, 0.01],
    [1, 1],
    [1.01, 1],
    [3, 3],
  ]);
  const program = await compileGraph({ outputs: { count: countCenters(centers, 3) } }, { threads: 1 });
  expect(Array.from((await program.run({})).count!.data as Float32Array)).toEqual([2, 1]);
  await program.release();
});
