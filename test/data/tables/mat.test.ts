import { describe, expect, test } from "vitest";
import { parseMat } from "../../../src/data/tables/mat.js";
import { SimileError } from "../../../src/errors/index.js";
import { makeMat } from "../mat-file.js";

const content = {
  names: ["Hummer", "Acura RL"],
  answer: 42,
  word: "cars",
  annotations: {
    structs: [
      { class: 3, fname: "1.jpg" },
      { class: 7, fname: "2.jpg" },
    ],
  },
};
const text = (value: string) => ({ kind: "text", shape: [1, value.length], rows: [value] });
const number = (value: number) => ({ kind: "numbers", shape: [1, 1], values: Float64Array.of(value) });

describe("parseMat", () => {
  test.each([
    { little: true, compressed: true },
    { little: true, compressed: false },
    { little: false, compressed: true },
    { little: false, compressed: false },
  ])("numbers, texts, cells and structs: %j", (style) => {
    const found = parseMat(makeMat(content, style), "cars.mat");
    expect([...found.keys()]).toEqual(Object.keys(content));
    expect(found.get("answer")).toEqual(number(42));
    expect(found.get("word")).toEqual(text("cars"));
    expect(found.get("names")).toEqual({ kind: "cells", shape: [1, 2], cells: content.names.map(text) });
    expect(found.get("annotations")).toEqual({
      kind: "structs",
      shape: [1, 2],
      elements: [
        new Map<string, unknown>([
          ["class", number(3)],
          ["fname", text("1.jpg")],
        ]),
        new Map<string, unknown>([
          ["class", number(7)],
          ["fname", text("2.jpg")],
        ]),
      ],
    });
  });

  test("HDF5, other files and every cut are errors that name the file", () => {
    const whole = makeMat(content);
    const hdf = Buffer.from(whole);
    hdf.write("MATLAB 7.3 MAT-file");
    expect(() => parseMat(hdf, "a.mat")).toThrow(/save -v7/);
    expect(() => parseMat(Buffer.from("GIF89a"), "a.mat")).toThrow(SimileError);
    // A cut between two variables is whole; elsewhere it is not.
    let failed = 0;
    for (let length = 129; length < whole.length; length++) {
      try {
        expect(parseMat(whole.subarray(0, length), "a.mat").size).toBeLessThan(4);
      } catch (error) {
        failed++;
        expect(error).toBeInstanceOf(SimileError);
        expect(error).toMatchObject({ code: "invalid-table", where: "a.mat" });
      }
    }
    expect(failed).toBeGreaterThan(whole.length / 2);
  });

  test("characters that are stored as fractions are refused", () => {
    const bytes = makeMat({ word: "cars" }, { compressed: false });
    // The data of the array is its last element: 16 bits each, relabelled as two single-precision numbers.
    bytes.writeUInt32LE(7, bytes.length - 16);
    expect(() => parseMat(bytes, "a.mat")).toThrow(SimileError);
  });

  test("an extent that the bytes cannot fill is refused before anything is made", () => {
    const bytes = makeMat({ names: ["a", "b"] }, { compressed: false });
    // Header 128, tag 8, flags 16, then the tag of the extents and the extents.
    bytes.writeInt32LE(2 ** 30, 128 + 8 + 16 + 8 + 4);
    expect(() => parseMat(bytes, "a.mat")).toThrow(/1073741824 arrays/);
  });
});
