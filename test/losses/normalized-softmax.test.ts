import { expect, it } from "vitest";
import type { Parameter } from "../../src/graph/index.js";
import { arcFace, cosFace, normalizedSoftmax, softTriple, subcenterArcFace } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { lossOf } from "../oracles/loss-of.js";
import { cosineOf, unitDistance } from "../oracles/vectors.js";

lossLaws("normalized-softmax", {
  oracle: (batch) => crossEntropyOf(batch, (q) => batch.parameters.weight!.map((w) => cosineOf(q, w) / 0.05)),
});
lossLaws("normalized-softmax", {
  options: { temperature: 0.5, distance: "lp" },
  oracle: (batch) => crossEntropyOf(batch, (q) => batch.parameters.weight!.map((w) => -unitDistance(q, w) / 0.5)),
});

const rows = [
  [1, 2, 0],
  [-1, 0.5, 1],
  [0, -2, 0.3],
];
const vectors = [0.3, 1, -0.2, 0.5, -1, 0.7];
const sizes = { classes: 2, dimension: 3, dtype: "float64" } as const;

it("is what every margin softmax becomes without its margin", async () => {
  const same = [
    normalizedSoftmax({ ...sizes, temperature: 0.1 }),
    cosFace({ ...sizes, scale: 10, margin: 0 }),
    arcFace({ ...sizes, scale: 10, marginRadians: 0 }),
    subcenterArcFace({ ...sizes, scale: 10, marginRadians: 0, centersPerClass: 1 }),
    softTriple({ ...sizes, scale: 10, margin: 0, centersPerClass: 1 }),
  ];
  const values = await Promise.all(
    same.map((loss) =>
      lossOf(loss, rows, [0, 1, 1], { parameters: new Map([[loss.classVectors as Parameter, vectors]]) }),
    ),
  );
  for (const value of values) expect(value).toBeCloseTo(values[0]!, 10);
});

it("is log C where all classes look the same", async () => {
  const loss = normalizedSoftmax({ ...sizes, classes: 4 });
  const parameters = new Map([[loss.classVectors as Parameter, Array.from({ length: 12 }, () => 1)]]);
  expect(await lossOf(loss, rows, [0, 3, 1], { parameters })).toBeCloseTo(Math.log(4), 10);
});
