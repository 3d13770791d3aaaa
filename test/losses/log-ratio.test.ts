import { expect, it } from "vitest";
import type { Tensor } from "../../src/graph/index.js";
import { logRatio } from "../../src/losses/index.js";
import { continuousRelation } from "../../src/relations/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, euclideanNorm } from "../oracles/vectors.js";

const distance = (a: readonly number[], b: readonly number[]) => euclideanNorm(a.map((x, i) => x - b[i]!));

/** Each sample's class as its angle, so that no two classes are as far apart as two others. */
const angles = (labels: Tensor, dtype: "float32" | "float64") => labels.cast(dtype).square().add(labels.cast(dtype));

lossLaws("log-ratio", {
  options: { epsilon: 1e-3 },
  input: (query, labels, dtype) => ({
    query,
    key: query,
    ...continuousRelation(angles(labels, dtype).unsqueeze(1), { dtype }),
  }),
  oracle: ({ query, labels }) => {
    const value = labels.map((c) => c * c + c);
    return average(
      query.map((q, a) => {
        const r = query.flatMap((other, i) =>
          i === a
            ? []
            : [Math.log(distance(q, other) + 1e-3) - Math.log(Math.max(Math.abs(value[a]! - value[i]!), 1e-3))],
        );
        return average(r.flatMap((x, i) => r.slice(i + 1).map((y) => (x - y) ** 2)));
      }),
    );
  },
});

it("of distances 1 and 2 for labels 1 and 4 apart is (log 2)^2", async () => {
  const options = {
    keys: [[1], [2]],
    keyLabels: [0, 0],
    change: (input: Parameters<ReturnType<typeof logRatio>["terms"]>[0]) => ({
      ...input,
      labelDistance: input.key.transpose().square(),
    }),
  };
  expect(await lossOf(logRatio({ epsilon: 1e-12 }), [[0]], [0], options)).toBeCloseTo(Math.log(2) ** 2, 9);
});

it("refuses similarities and relations without label distances", async () => {
  expect(() => logRatio({ distance: "cosine" })).toThrow(/expected a distance/);
  await expect(lossOf(logRatio(), [[0], [1]], [0, 1])).rejects.toThrow(/continuousRelation/);
});
