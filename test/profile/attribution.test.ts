import { expect, test } from "vitest";
import { attribute, placeOf, withPlace } from "../../src/profile/index.js";

const node = (name: string, inputs: string[], outputs: string[]) => ({ name, inputs, outputs });

test("a name tells the scope and whether it is a gradient", () => {
  expect(placeOf("backbone/conv1/Conv.4")).toEqual({ scope: ["backbone", "conv1"], backward: false });
  expect(placeOf("backbone/conv1/backward/MatMul.7")).toEqual({ scope: ["backbone", "conv1"], backward: true });
  expect(placeOf("inner/backward/backward/Mul.9")).toEqual({ scope: ["inner"], backward: true });
  expect(placeOf("/layer1/layer1.0/conv1/Conv")).toEqual({ scope: ["layer1", "layer1.0", "conv1"], backward: false });
  expect(placeOf("Conv_0")).toEqual({ scope: [], backward: false });
});

test("a node that ONNX Runtime made is named with its place", () => {
  expect(withPlace("ReorderInput_token_3", placeOf("net/a/backward/Conv.2"))).toBe(
    "net/a/backward/ReorderInput_token_3",
  );
  expect(withPlace("net/b/Conv.2_nchwc", placeOf("net/a/Conv.2"))).toBe("net/b/Conv.2_nchwc");
  expect(withPlace("Transpose", undefined)).toBe("Transpose");
});

test("what the optimiser fused, renamed or put between is found by name, then by what it is connected to", () => {
  const written = [
    node("a/Conv.1", ["x", "w"], ["a/Conv.1"]),
    node("b/Conv.12", ["a/Conv.1", "v"], ["b/Conv.12"]),
    node("c/MatMul.13", ["b/Conv.12", "u"], ["c/MatMul.13"]),
  ];
  const optimized = [
    node("ReorderInput", ["x"], ["reordered"]),
    node("a/Conv.1_nchwc", ["reordered", "w"], ["a/Conv.1"]),
    node("b/Conv.12", ["a/Conv.1", "v"], ["inner"]),
    node("ReorderOutput_token_3", ["inner"], ["b/Conv.12"]),
    node("Transpose_token_4", ["b/Conv.12"], ["turned"]),
    node("c/MatMul.13/MatMulAddFusion", ["turned", "u"], ["y"]),
    node("Identity_5", ["z"], ["copy"]),
  ];
  const places = attribute({ written, optimized });
  const scopes = Object.fromEntries([...places].map(([name, { scope }]) => [name, scope.join("/")]));
  expect(scopes).toEqual({
    ReorderInput: "a",
    "a/Conv.1_nchwc": "a",
    "b/Conv.12": "b",
    ReorderOutput_token_3: "b",
    Transpose_token_4: "b",
    "c/MatMul.13/MatMulAddFusion": "c",
  });
});
