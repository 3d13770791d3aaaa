import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { input, scope } from "../../src/graph/index.js";
import { writeModel } from "../../src/onnx/index.js";
import { profileModel, profileTraining } from "../../src/profile/index.js";
import { openSessions } from "../../src/run/index.js";
import { parseConfig } from "../../src/train/index.js";
import { writePictures } from "../train/pictures.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "simile-profile-"));
  await writePictures(join(folder, "pictures"), 12, 4);
});
afterAll(() => rmSync(folder, { recursive: true }));

const config = (more: object = {}) =>
  parseConfig({
    data: join(folder, "pictures"),
    batchSize: 8,
    image: { size: 16 },
    backbone: { name: "conv4", width: 4 },
    head: { dimension: 4 },
    sampler: { name: "m-per-class", samplesPerClass: 2 },
    ...more,
  });

describe("a training step", () => {
  test("is told by scope, with nothing lost and nothing written", async () => {
    const before = openSessions();
    const told: string[] = [];
    const summary = await profileTraining(config({ miner: "multi-similarity", average: 0.9 }), {
      steps: 3,
      warmup: 2,
      onProgress: (text) => told.push(text),
    });
    expect(summary).toMatchObject({ steps: 3, warmup: 2 });
    expect(summary.source).toContain("conv4, multi-similarity + multi-similarity, adamw, batch 8");
    expect(told.at(-1)).toBe("step 5 of 5");
    const scopes = new Map(summary.scopes.map((each) => [each.name, each]));
    expect([...scopes.keys()].sort()).toEqual(["average", "backbone", "head", "input", "loss", "optimizer"]);
    expect(scopes.get("backbone")!.backward).toBeGreaterThan(0);
    expect(scopes.get("backbone")!.inside.map(({ name }) => name)).toContain("block4");
    expect(scopes.get("optimizer")!.backward).toBe(0);
    const inside = [...scopes.values()].reduce((sum, { forward, backward }) => sum + forward + backward, 0);
    const host = summary.host.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    expect(inside + summary.unattributed + summary.between + host).toBeCloseTo(summary.total, 3);
    // That output is there for ONNX Runtime's binding alone.
    const homeless = summary.nodes.filter(({ name }) => !name.includes("/"));
    expect(homeless.map(({ op }) => op)).toEqual(["SequenceEmpty"]);
    expect(summary.host.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
    expect(openSessions()).toBe(before);
    expect(readdirSync(folder)).toEqual(["pictures"]);
  });

  test("of several programs is one step", async () => {
    const { operators, scopes } = await profileTraining(config({ pieceSize: 4 }), { steps: 2, warmup: 1 });
    // Two pieces, each embedded twice.
    expect(operators.find(({ op }) => op === "MaxPool")!.count).toBe(4 * 4);
    expect(scopes.map(({ name }) => name)).toContain("collect");
  });
});

describe("a model", () => {
  const x = input("x", "float32", ["batch", 4, "width"]);
  const index = input("index", "int64", ["batch"]);
  const model = scope("net", () =>
    scope("layer", () =>
      x
        .gather(index, 0)
        .exp()
        .sum({ axes: [1, 2] }),
    ),
  );
  const { bytes } = writeModel({ outputs: { y: model } });

  test("runs on random numbers of the sizes that are asked for", async () => {
    const { source, scopes, nodes, steps } = await profileModel(bytes, {
      steps: 2,
      warmup: 1,
      batchSize: 3,
      sizes: { width: 5 },
      name: "net.onnx",
    });
    expect([source, steps]).toEqual(["net.onnx, batch 3, width 5, cpu", 2]);
    expect(scopes).toMatchObject([{ name: "net", backward: 0, inside: [{ name: "layer" }] }]);
    expect(nodes.find(({ op }) => op === "Exp")!.outputs).toEqual(["float [3, 4, 5]"]);
  });

  test.each([
    [{}, "width"],
    [{ sizes: { width: 2, height: 2 } }, "height"],
  ])("says which sizes it lacks or does not know: %j", async (options, name) => {
    const before = openSessions();
    await expect(profileModel(bytes, options)).rejects.toThrow(name);
    expect(openSessions()).toBe(before);
  });

  test("that fixes its batch takes no other, and bytes that are no model are refused", async () => {
    const fixed = input("x", "float32", [2]);
    const { bytes: small } = writeModel({ outputs: { y: fixed.exp() } });
    await expect(profileModel(small, { batchSize: 3 })).rejects.toMatchObject({ code: "wrong-size" });
    await expect(profileModel(new Uint8Array(3))).rejects.toMatchObject({ name: "SimileError" });
  });
});
