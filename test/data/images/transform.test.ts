import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeColor } from "../../../src/data/images/color.js";
import type { RgbImage } from "../../../src/data/images/decode.js";
import { resample, rotate } from "../../../src/data/images/resample.js";
import { evaluationTransform, type ImageTransform, trainingTransform } from "../../../src/data/images/transform.js";
import { Random } from "../../../src/rng/index.js";

function image(width: number, height: number, color: (x: number, y: number) => readonly number[]): RgbImage {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels.set(color(x, y), (y * width + x) * 3);
  return { pixels, width, height };
}

function scaled(source: RgbImage, width: number, height: number, flip = false, box = {}): number[] {
  const target = new Uint8Array(width * height * 3);
  resample(
    source,
    { left: 0, top: 0, width: source.width, height: source.height, ...box },
    { width, height },
    target,
    flip,
  );
  return [...target];
}

function applied(transform: ImageTransform, source: RgbImage, random = new Random(1)): number[] {
  const target = new Uint8Array(transform.size.width * transform.size.height * 3);
  transform.apply(source, random, target);
  return [...target];
}

const noise = image(13, 9, (x, y) => [(x * 37 + y * 11) % 256, (x * y * 53) % 256, (x * x + y * 91) % 256]);
const still = { scale: [1, 1], ratio: [1, 1], flip: 0 } as const;

describe("resample", () => {
  test("the same size is the same picture, and flipped its mirror", () => {
    expect(scaled(noise, 13, 9)).toEqual([...noise.pixels]);
    const mirror = image(13, 9, (x, y) => [...noise.pixels.subarray((y * 13 + 12 - x) * 3, (y * 13 + 13 - x) * 3)]);
    expect(scaled(noise, 13, 9, true)).toEqual([...mirror.pixels]);
  });

  test("a box on whole pixels is cut out exactly", () => {
    const cut = image(4, 3, (x, y) => [
      ...noise.pixels.subarray(((y + 2) * 13 + x + 5) * 3, ((y + 2) * 13 + x + 6) * 3),
    ]);
    // Neighbours weigh nothing: the triangle reaches zero one pixel away.
    expect(scaled(noise, 4, 3, false, { left: 5, top: 2, width: 4, height: 3 })).toEqual([...cut.pixels]);
  });

  test("halving takes the triangle's weights 1, 3, 3, 1 and cuts them at the border", () => {
    const row = image(4, 1, (x) => [[8, 16, 80, 240][x]!, 0, 0]);
    const expected = [(3 * 8 + 3 * 16 + 80) / 7, (16 + 3 * 80 + 3 * 240) / 7];
    expect(scaled(row, 2, 1).filter((_, i) => i % 3 === 0)).toEqual(expected.map(Math.round));
  });

  test("doubling interpolates linearly", () => {
    const row = image(2, 1, (x) => [x * 100, 0, 0]);
    expect(scaled(row, 4, 1).filter((_, i) => i % 3 === 0)).toEqual([0, 25, 75, 100]);
  });

  test("is the triangle filter's real value, rounded once", () => {
    const side = fc.integer({ min: 1, max: 24 });
    const share = fc.double({ min: 0.05, max: 1, noNaN: true });
    /** Weighted mean of the samples in reach, in double precision, one output sample at a time. */
    const exact = (row: number[], start: number, length: number, count: number, i: number) => {
      const reach = Math.max(1, length / count);
      const centre = start + ((i + 0.5) * length) / count;
      const weights = row.map((_, j) => Math.max(0, 1 - Math.abs(j + 0.5 - centre) / reach));
      const total = weights.reduce((a, b) => a + b);
      return row.reduce((sum, value, j) => sum + (value * weights[j]!) / total, 0);
    };
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        share,
        share,
        fc.integer(),
        (width, height, outWidth, outHeight, u, v, seed) => {
          const random = new Random(seed);
          const source = image(width, height, () => [random.integer(256), 0, 0]);
          const box = { left: width * (1 - u) * v, top: height * (1 - u) * v, width: width * u, height: height * u };
          const out = scaled(source, outWidth, outHeight, false, box).filter((_, i) => i % 3 === 0);
          const rows = Array.from({ length: height }, (_, y) => {
            const row = Array.from({ length: width }, (_, x) => source.pixels[(y * width + x) * 3]!);
            return Array.from({ length: outWidth }, (_, x) => exact(row, box.left, box.width, outWidth, x));
          });
          out.forEach((value, i) => {
            const column = rows.map((row) => row[i % outWidth]!);
            const real = exact(column, box.top, box.height, outHeight, Math.floor(i / outWidth));
            expect(Math.abs(value - real)).toBeLessThan(0.51);
          });
        },
      ),
    );
  });

  test("one colour stays that colour at any size and box", () => {
    const side = fc.integer({ min: 1, max: 40 });
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, side, side, share, share, (width, height, outWidth, outHeight, u, v) => {
        const flat = image(width, height, () => [10, 128, 255]);
        const box = { left: width * (1 - u) * v, top: height * (1 - u) * v, width: width * u, height: height * u };
        const out = scaled(flat, outWidth, outHeight, false, box);
        expect(out.every((value, i) => value === [10, 128, 255][i % 3])).toBe(true);
      }),
    );
  });
});

describe("rotate", () => {
  test("by quarters is exact", () => {
    const square = image(5, 5, (x, y) => [x * 10, y * 10, 7]);
    const turned = square.pixels.slice();
    rotate(turned, square, 90);
    // Clockwise: what was left is on top.
    expect([...turned]).toEqual([...image(5, 5, (x, y) => [y * 10, 40 - x * 10, 7]).pixels]);
    rotate(turned, square, -90);
    expect([...turned]).toEqual([...square.pixels]);
  });

  test("corners repeat the border", () => {
    const flat = image(6, 4, () => [9, 9, 9]);
    const turned = flat.pixels.slice();
    rotate(turned, flat, 33);
    expect([...turned]).toEqual([...flat.pixels]);
  });
});

describe("changeColor", () => {
  const same = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };
  const changed = (pixels: number[], change: object) => {
    const copy = Uint8Array.from(pixels);
    changeColor(copy, { ...same, ...change });
    return [...copy];
  };

  test("nothing changes without a change", () => {
    expect(changed([...noise.pixels], {})).toEqual([...noise.pixels]);
  });

  test("brightness multiplies and is cut at 255", () => {
    expect(changed([10, 100, 200], { brightness: 1.5 })).toEqual([15, 150, 255]);
    expect(changed([10, 100, 200], { brightness: 0 })).toEqual([0, 0, 0]);
  });

  test("contrast spreads about the mean grey", () => {
    expect(changed([100, 100, 100, 200, 200, 200], { contrast: 0.5 })).toEqual([125, 125, 125, 175, 175, 175]);
    expect(changed([100, 100, 100, 200, 200, 200], { contrast: 0, brightness: 0.5 })).toEqual(Array(6).fill(75));
  });

  test("without saturation only BT.601 grey is left", () => {
    expect(changed([255, 0, 0, 0, 255, 0, 0, 0, 255], { saturation: 0 })).toEqual(
      [76, 150, 29].flatMap((grey) => [grey, grey, grey]),
    );
  });

  test("a third of a turn makes red green and green blue; greys stay", () => {
    expect(changed([255, 0, 0, 0, 255, 0, 90, 90, 90], { hue: 1 / 3 })).toEqual([0, 255, 0, 0, 0, 255, 90, 90, 90]);
  });
});

describe("trainingTransform", () => {
  test("with every choice fixed it is a plain resize", () => {
    const square = image(12, 12, (x, y) => [x * 20, y * 20, 0]);
    expect(applied(trainingTransform({ size: 6, ...still }), square)).toEqual(scaled(square, 6, 6));
  });

  test("the same random state gives the same bits, another gives others", () => {
    const transform = trainingTransform({
      size: 8,
      brightness: 0.4,
      contrast: 0.4,
      saturation: 0.4,
      hue: 0.1,
      rotation: 15,
    });
    expect(applied(transform, noise, new Random(5))).toEqual(applied(transform, noise, new Random(5)));
    expect(applied(transform, noise, new Random(5))).not.toEqual(applied(transform, noise, new Random(6)));
  });

  test("every option has an effect of its own", () => {
    const plain = applied(trainingTransform({ size: 9, ...still }), noise);
    const options = [
      { scale: [0.2, 0.3] },
      { ratio: [1.4, 1.5], scale: [0.5, 0.5] },
      { flip: 1 },
      { brightness: 0.5 },
      { contrast: 0.5 },
      { saturation: 0.5 },
      { hue: 0.5 },
      { rotation: 90 },
    ] as const;
    const outputs = options.map((option) => applied(trainingTransform({ size: 9, ...still, ...option }), noise));
    expect(new Set([plain, ...outputs].map(String)).size).toBe(options.length + 1);
  });

  test("crops lie within the picture and have the asked-for area and shape", () => {
    // Each pixel holds its own position, so an output's corners tell where the crop was.
    const places = image(200, 100, (x, y) => [x, y, 0]);
    const transform = trainingTransform({ size: 50, scale: [0.1, 0.4], flip: 0 });
    for (let seed = 0; seed < 200; seed++) {
      const out = applied(transform, places, new Random(seed));
      const [width, height] = [(out.at(-3)! - out[0]!) * (50 / 49), (out.at(-2)! - out[1]!) * (50 / 49)];
      expect((width * height) / 20_000).toBeGreaterThan(0.09);
      expect((width * height) / 20_000).toBeLessThan(0.42);
      expect(width / height).toBeGreaterThan(0.7);
      expect(width / height).toBeLessThan(1.42);
    }
  });

  test("about the asked-for share is mirrored", () => {
    const ramp = image(8, 8, (x) => [x * 30, 0, 0]);
    const transform = trainingTransform({ size: 8, ...still, flip: 0.25 });
    let mirrored = 0;
    for (let seed = 0; seed < 1000; seed++) if (applied(transform, ramp, new Random(seed))[0]! > 100) mirrored++;
    expect(Math.abs(mirrored - 250)).toBeLessThan(60);
  });

  test("extreme pictures still give one", () => {
    const sliver = image(300, 1, (x) => [x % 256, 0, 0]);
    expect(applied(trainingTransform({ size: 16 }), sliver)).toHaveLength(16 * 16 * 3);
    expect(
      applied(
        trainingTransform({ size: 16 }),
        image(1, 1, () => [1, 2, 3]),
      ).slice(0, 3),
    ).toEqual([1, 2, 3]);
  });

  test.each([
    { size: 0 },
    { size: 8.5 },
    { size: 8, scale: [0, 1] },
    { size: 8, scale: [0.5, 0.4] },
    { size: 8, ratio: [0, 1] },
    { size: 8, flip: 2 },
    { size: 8, hue: 0.6 },
    { size: 8, brightness: -1 },
    { size: 8, rotation: Number.NaN },
  ] as const)("refuses %o", (options) => {
    expect(() => trainingTransform(options)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });

  test("sources may be shrunk until the smallest crop has one and a half times the output's resolution", () => {
    expect(trainingTransform({ size: 48, scale: [0.25, 1] }).workingSide).toBe(144);
    expect(evaluationTransform({ size: 224 }).workingSide).toBe(384);
  });
});

describe("evaluationTransform", () => {
  test("takes the middle", () => {
    const wide = image(20, 8, (x) => [x < 6 || x >= 14 ? 255 : 0, 0, 0]);
    expect(Math.max(...applied(evaluationTransform({ size: 8, cropShare: 1 }), wide))).toBe(0);
    const framed = image(8, 8, (x, y) => [Math.min(x, y, 7 - x, 7 - y) < 1 ? 255 : 0, 0, 0]);
    expect(Math.max(...applied(evaluationTransform({ size: 6, cropShare: 0.75 }), framed))).toBe(0);
  });

  test("keeps proportions for outputs that are not square", () => {
    const tall = image(10, 40, (x, y) => [x * 20, y * 6, 0]);
    const out = applied(evaluationTransform({ size: { width: 5, height: 20 }, cropShare: 1 }), tall);
    expect(out).toEqual(scaled(tall, 5, 20));
  });

  test("draws nothing", () => {
    const random = new Random(3);
    applied(evaluationTransform({ size: 4 }), noise, random);
    expect(random.state()).toEqual(new Random(3).state());
  });
});
