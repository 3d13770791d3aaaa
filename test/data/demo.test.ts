import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { classIndex, type ImageDataset } from "../../src/data/dataset.js";
import { demoInstallCommand, emojiVendors, openDemo } from "../../src/data/demo.js";
import { decodeImage } from "../../src/data/images/decode.js";

let demo: ImageDataset;
beforeAll(async () => {
  demo = await openDemo();
});
const vendorOf = (name: string) => name.split("/").at(-1)!;

describe("openDemo", () => {
  test("has every emoji once from each vendor", () => {
    const { classes } = classIndex(demo.items);
    expect(classes).toHaveLength(1573);
    expect(demo.items).toHaveLength(3 * 1573);
    expect(new Set(demo.items.map(({ name }) => name)).size).toBe(demo.items.length);
    for (const { name } of emojiVendors) {
      const drawn = demo.items.filter((item) => vendorOf(item.name) === name);
      expect(new Set(drawn.map(({ label }) => label)).size, name).toBe(1573);
    }
  });

  test("shows neither flags nor skin tones, nor Apple's or Facebook's drawings", () => {
    expect(
      demo.items.filter(({ label, group }) => /skin tone|^flag:/.test(label) || group?.startsWith("Flags")),
    ).toEqual([]);
    expect(emojiVendors.map(({ name }) => name)).toEqual(["google", "twitter", "fluent"]);
  });

  test("divides the classes, without overlap and always alike", async () => {
    const splits = new Map<string, Set<string>>();
    for (const { label, split } of demo.items) splits.set(split!, (splits.get(split!) ?? new Set()).add(label));
    expect([...splits].map(([name, labels]) => [name, labels.size]).sort()).toEqual([
      ["test", 472],
      ["train", 944],
      ["validation", 157],
    ]);
    expect(new Set([...splits.values()].flatMap((labels) => [...labels])).size).toBe(1573);
    expect((await openDemo()).items.map(({ split }) => split)).toEqual(demo.items.map(({ split }) => split));
  });

  test("groups by category and subcategory", () => {
    const face = demo.items.find(({ label }) => label === "grinning face");
    expect(face).toMatchObject({ group: "Smileys & Emotion/face-smiling" });
  });

  test("no drawing is, pixel for pixel, another one of its vendor", async () => {
    const hashes = await Promise.all(
      demo.items
        // The webp drawings take ten times as long; for them equal bytes are what openDemo checks itself.
        .filter(({ name }) => vendorOf(name) !== "fluent")
        .map(async (item) => {
          const { pixels } = await decodeImage(await item.read(), item.name);
          return vendorOf(item.name) + createHash("sha256").update(pixels).digest("hex");
        }),
    );
    expect(new Set(hashes).size).toBe(2 * 1573);
  });

  test("transparent surroundings are white", async () => {
    for (const { name } of emojiVendors) {
      const item = demo.items.find((other) => other.name === `grinning face/${name}`)!;
      const { pixels, width } = await decodeImage(await item.read(), item.name);
      expect([...pixels.subarray(0, 3)], name).toEqual([255, 255, 255]);
      expect(width).toBeGreaterThanOrEqual(64);
    }
  });

  test("can be had of some vendors only", async () => {
    const two = await openDemo({ vendors: emojiVendors.slice(0, 2) });
    expect(two.items.map(({ name }) => vendorOf(name)).slice(0, 4)).toEqual(["google", "twitter", "google", "twitter"]);
    // Fluent 3D lacks some emoji, so there are more without it.
    expect(two.items.length).toBeGreaterThan(2 * 1573);
  });

  test("names the package that is not installed, and the command that installs all", async () => {
    const missing = { ...emojiVendors[1]!, package: "emoji-datasource-nobody" };
    const opening = openDemo({ vendors: [missing] });
    await expect(opening).rejects.toMatchObject({ code: "demo-not-installed", received: "no emoji-datasource-nobody" });
    await expect(opening).rejects.toThrow(demoInstallCommand);
  });

  test("credits every vendor, and says how to install them", () => {
    for (const vendor of emojiVendors) {
      expect(vendor.credit).toMatch(/copyright/);
      expect(demoInstallCommand).toContain(vendor.package);
    }
  });
});
