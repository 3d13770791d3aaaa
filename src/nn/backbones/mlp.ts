import { z } from "zod";
import { activation, activationNames } from "../activation.js";
import { sequential } from "../compose.js";
import { dense } from "../dense.js";
import { dropout } from "../dropout.js";
import { he } from "../initializers.js";
import type { Layer } from "../layer.js";
import { batchNorm } from "../normalise.js";
import type { Backbone, BackboneEntry } from "./backbone.js";

const options = z.strictObject({
  inputSize: z.number().int().positive().describe("numbers in an input vector"),
  hidden: z
    .array(z.number().int().positive())
    .default([512])
    .describe("units of each hidden layer; none passes inputs on"),
  activation: z.enum(activationNames).default("relu").describe("after each hidden layer"),
  norm: z.boolean().default(true).describe("batch normalisation before each activation"),
  frozen: z.boolean().default(false).describe("keep batch normalisation as it is"),
  dropout: z.number().min(0).lt(1).default(0).describe("share of units dropped after each hidden layer"),
});

/** Options of {@link mlp}. */
export type MlpOptions = z.input<typeof options>;

/** Fully connected layers over vectors: [N, inputSize] -> [N, last of hidden]. */
export function mlp(settings: MlpOptions): Backbone {
  const { inputSize, hidden, activation: name, norm, frozen, dropout: rate } = options.parse(settings);
  const layers = hidden.map((units, i): [string, Layer] => [
    `layer${i + 1}`,
    sequential({
      dense: dense(hidden[i - 1] ?? inputSize, units, { bias: !norm, initializer: he() }),
      ...(norm && { norm: batchNorm(units, { frozen }) }),
      activation: activation(name),
      ...(rate > 0 && { dropout: dropout(rate) }),
    }),
  ]);
  return { ...sequential(Object.fromEntries(layers)), featureSize: hidden.at(-1) ?? inputSize };
}

export const mlpEntry: BackboneEntry<typeof options> = {
  name: "mlp",
  summary: "fully connected layers, for vectors",
  input: "vector",
  options,
  create: mlp,
};
