import fc from "fast-check";
import { expect, test } from "vitest";
import { SimileError } from "../../src/errors/index.js";
import { Parameter } from "../../src/graph/index.js";
import { Random } from "../../src/rng/index.js";
import { Variables } from "../../src/run/index.js";
import { decodeCheckpoint, encodeCheckpoint, restoreVariables } from "../../src/train/index.js";

function variables(seed: number): { variables: Variables; parameters: Parameter[] } {
  const normals = (shape: readonly number[], random: { normal(): number }) =>
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  const weight = new Parameter([3, 2], { initializer: normals });
  const precise = new Parameter([4], { initializer: normals, dtype: "float64" });
  const count = new Parameter([], { initializer: () => [7], dtype: "int64", trainable: false });
  const held = new Variables();
  held.add({ model: { weight, precise }, count }, new Random(seed));
  return { variables: held, parameters: [weight, precise, count] };
}

test("what is saved comes back, tensors and state", () => {
  const first = variables(1);
  const state = { step: 12, words: [1, 2, 3], nothing: null };
  const bytes = encodeCheckpoint(first.variables, state);
  const saved = decodeCheckpoint(bytes, "file");
  expect(saved.state).toEqual(state);
  expect([...saved.tensors.keys()]).toEqual(["model.weight", "model.precise", "count"]);
  const second = variables(2);
  restoreVariables(saved, second.variables, "file");
  second.parameters.forEach((parameter, i) => {
    expect(second.variables.value(parameter)).toEqual(first.variables.value(first.parameters[i]!));
  });
});

test("the header is that of a safetensors file", () => {
  const bytes = encodeCheckpoint(variables(1).variables, {});
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  expect(length % 8).toBe(0);
  expect(header["model.weight"]).toEqual({ dtype: "F32", shape: [3, 2], data_offsets: [0, 24] });
  expect(header.count).toEqual({ dtype: "I64", shape: [], data_offsets: [56, 64] });
  expect(bytes.length).toBe(8 + length + 64);
});

test("damaged bytes give a clear error or the same tensors, never anything else", () => {
  const bytes = encodeCheckpoint(variables(1).variables, { step: 1 });
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
      const damaged = bytes.slice(0, length);
      if (at < length) damaged[at] = value;
      try {
        decodeCheckpoint(damaged, "file");
      } catch (error) {
        expect(error).toBeInstanceOf(SimileError);
      }
    }),
    { numRuns: 500 },
  );
});

test("a checkpoint of another model is refused", () => {
  const other = new Variables();
  other.add({ other: new Parameter([2], { initializer: () => [1, 2] }) }, new Random(1));
  const saved = decodeCheckpoint(encodeCheckpoint(other, {}), "file");
  expect(() => restoreVariables(saved, variables(1).variables, "file")).toThrow("none of the values of model.weight");
});
