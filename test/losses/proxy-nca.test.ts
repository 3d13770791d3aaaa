import { expect, it } from "vitest";
import type { Parameter } from "../../src/graph/index.js";
import { proxyNca } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, total, unitDistance } from "../oracles/vectors.js";

lossLaws("proxy-nca", {
  oracle: ({ query, labels, parameters: { proxies } }) =>
    average(
      query.map((q, i) => {
        const mass = proxies!.map((p) => Math.exp(-9 * unitDistance(q, p) ** 2));
        return -Math.log(mass[labels[i]!]! / total(mass.filter((_, c) => c !== labels[i])));
      }),
    ),
});
lossLaws("proxy-nca", {
  options: { denominator: "all", scale: 2, distance: "lp" },
  oracle: ({ query, labels, parameters: { proxies } }) =>
    average(
      query.map((q, i) => {
        const mass = proxies!.map((p) => Math.exp(-2 * unitDistance(q, p)));
        return -Math.log(mass[labels[i]!]! / total(mass));
      }),
    ),
});

it("is the difference of the squared distances for two classes", async () => {
  const loss = proxyNca({ classes: 2, dimension: 2, scale: 1, dtype: "float64" });
  const parameters = new Map([[loss.classVectors as Parameter, [1, 0, 0, 1]]]);
  expect(await lossOf(loss, [[0.6, 0.8]], [0], { parameters })).toBeCloseTo(2 - 1.2 - (2 - 1.6), 12);
});
