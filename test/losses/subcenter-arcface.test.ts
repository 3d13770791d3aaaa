import { expect, it } from "vitest";
import { constant } from "../../src/graph/index.js";
import { subcenterOutliers } from "../../src/losses/index.js";
import { compileGraph } from "../../src/run/index.js";
import { lossLaws } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { cosineOf } from "../oracles/vectors.js";

lossLaws("subcenter-arcface", {
  options: { scale: 10, marginRadians: 0.4 },
  oracle: (batch) =>
    crossEntropyOf(batch, (q, label) =>
      [0, 1, 2, 3, 4].map((c) => {
        const centers = batch.parameters.weight!.slice(3 * c, 3 * c + 3);
        const nearest = Math.max(...centers.map((w) => cosineOf(q, w)));
        const angle = Math.acos(nearest);
        const hardened = angle <= Math.PI - 0.4 ? Math.cos(angle + 0.4) : nearest - 0.4 * Math.sin(0.4);
        return 10 * (c === label ? hardened : nearest);
      }),
    ),
});

it("finds the samples far from the centre that most of their class are near", async () => {
  const centers = constant([
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ]);
  const embeddings = constant([
    [0.1, 2],
    [-0.3, 1],
    [3, 0.2],
    [-1, 0.3],
    [-0.8, -0.5],
  ]);
  const labels = constant([0, 0, 0, 1, 1], { dtype: "int64" });
  const { outlier, dominant } = subcenterOutliers(embeddings, labels, centers, { centersPerClass: 2 });
  const program = await compileGraph({ outputs: { outlier: outlier.cast("float32"), dominant } }, { threads: 1 });
  const results = await program.run({});
  await program.release();
  expect(Array.from(results.outlier!.data as Float32Array)).toEqual([0, 0, 1, 0, 0]);
  expect(Array.from(results.dominant!.data as Float32Array)).toEqual([0, 1, -1, 0]);
});
