import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../../src/data/images/decode.js";

const encoded = (bytes: Uint8Array) => ({ kind: "encoded", bytes }) as const;
const red = { r: 255, g: 0, b: 0 };
const plain = (width: number, height: number, background: object = red, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: background as { r: number; g: number; b: number } } });

/** Left half red, right half blue. */
function twoColors(width = 16, height = 8): ReturnType<typeof sharp> {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels[i * 3 + (i % width < width / 2 ? 0 : 2)] = 255;
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A grey PNG of one pixel, of `bits` a sample; or one that claims to be `side` pixels wide and high. */
function greyPng(bits: 1 | 8 | 16, row: number[], side = 1): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, bits, 0, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = pngChunk("IDAT", deflateSync(Buffer.from([0, ...row])));
  return Buffer.concat([signature, pngChunk("IHDR", header), data, pngChunk("IEND", new Uint8Array(0))]);
}

describe("decodeImage", () => {
  test.each(["png", "webp", "gif", "tiff", "avif", "jpeg"] as const)("%s", async (format) => {
    const bytes = await twoColors().toFormat(format, { quality: 100 }).toBuffer();
    const { pixels, width, height } = await decodeImage(encoded(bytes), "x");
    expect([width, height, pixels.length]).toEqual([16, 8, 16 * 8 * 3]);
    const tolerance = ["jpeg", "avif", "webp"].includes(format) ? 12 : 0;
    const corners = [...pixels.subarray(0, 3), ...pixels.subarray(45, 48)];
    for (const [i, value] of [255, 0, 0, 0, 0, 255].entries()) {
      expect(Math.abs(corners[i]! - value)).toBeLessThanOrEqual(tolerance);
    }
  });

  test("transparent pixels are laid on white", async () => {
    const half = await plain(2, 2, { ...red, alpha: 0.5 }, 4)
      .png()
      .toBuffer();
    expect([...(await decodeImage(encoded(half), "x")).pixels.subarray(0, 3)]).toEqual([255, 127, 127]);
    const clear = await plain(2, 2, { ...red, alpha: 0 }, 4)
      .webp({ lossless: true })
      .toBuffer();
    expect([...(await decodeImage(encoded(clear), "x")).pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  test("grey, grey with alpha, palette", async () => {
    const grey = await plain(2, 2, { r: 100, g: 100, b: 100 }).toColourspace("b-w").png().toBuffer();
    expect([...(await decodeImage(encoded(grey), "x")).pixels.subarray(0, 3)]).toEqual([100, 100, 100]);
    const greyAlpha = await plain(2, 2, { r: 0, g: 0, b: 0, alpha: 0 }, 4).toColourspace("b-w").png().toBuffer();
    expect((await sharp(greyAlpha).metadata()).channels).toBe(2);
    expect([...(await decodeImage(encoded(greyAlpha), "x")).pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
    const palette = await twoColors().png({ palette: true, colours: 4 }).toBuffer();
    expect([...(await decodeImage(encoded(palette), "x")).pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  test("samples of 1 and 16 bits", async () => {
    expect([...(await decodeImage(encoded(greyPng(1, [0x80])), "x")).pixels]).toEqual([255, 255, 255]);
    expect([...(await decodeImage(encoded(greyPng(16, [0x80, 0x00])), "x")).pixels]).toEqual([128, 128, 128]);
    const deep = await plain(2, 2).toColourspace("rgb16").png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe("ushort");
    expect([...(await decodeImage(encoded(deep), "x")).pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
    const clear = await plain(2, 2, { ...red, alpha: 0 }, 4)
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect([...(await decodeImage(encoded(clear), "x")).pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  test("CMYK", async () => {
    const bytes = await plain(8, 8, { r: 255, g: 255, b: 255 }).toColourspace("cmyk").jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const { pixels } = await decodeImage(encoded(bytes), "x");
    expect(pixels.length).toBe(8 * 8 * 3);
    expect(Math.min(...pixels)).toBeGreaterThan(240);
  });

  test("EXIF orientation is applied", async () => {
    const bytes = await twoColors(16, 8).withMetadata({ orientation: 6 }).png().toBuffer();
    const { pixels, width, height } = await decodeImage(encoded(bytes), "x");
    expect([width, height]).toEqual([8, 16]);
    // Turned a quarter clockwise, the left half is on top.
    expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect([...pixels.subarray(-3)]).toEqual([0, 0, 255]);
  });

  test("the first frame of an animation", async () => {
    const frames = new Uint8Array(4 * 8 * 3).fill(255, 48);
    const options = { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } } as const;
    const bytes = await sharp(frames, options).gif().toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const { pixels, height } = await decodeImage(encoded(bytes), "x");
    expect(height).toBe(4);
    expect(Math.max(...pixels)).toBe(0);
  });

  test("shrinks to the shorter side, never enlarges", async () => {
    const bytes = await twoColors(64, 32).jpeg().toBuffer();
    const small = await decodeImage(encoded(bytes), "x", { shorterSide: 8 });
    expect([small.width, small.height]).toEqual([16, 8]);
    const same = await decodeImage(encoded(bytes), "x", { shorterSide: 100 });
    expect([same.width, same.height]).toEqual([64, 32]);
  });

  test.each(["png", "jpeg", "webp", "gif"] as const)("a %s cut short is refused", async (format) => {
    const noise = new Uint8Array(64 * 64 * 3).map((_, i) => (i * i * 31) % 251);
    const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .toFormat(format)
      .toBuffer();
    const cut = decodeImage(encoded(bytes.subarray(0, bytes.length * 0.6)), "cat/a");
    await expect(cut).rejects.toMatchObject({ code: "unreadable-image", where: "cat/a" });
  });

  test.each(["", "just text", "\x89PNG\r\n\x1a\n"])("%j is no image", async (text) => {
    const bytes = Buffer.from(text, "latin1");
    await expect(decodeImage(encoded(bytes), "x")).rejects.toMatchObject({ code: "unreadable-image" });
  });

  test("the size is checked from the header, before decoding", async () => {
    const bomb = greyPng(8, [0], 30_000);
    await expect(decodeImage(encoded(bomb), "x")).rejects.toMatchObject({ code: "image-too-large" });
    const small = await plain(11, 10).png().toBuffer();
    await expect(decodeImage(encoded(small), "x", { maxPixels: 100 })).rejects.toMatchObject({
      code: "image-too-large",
    });
  });
});

describe("raw images", () => {
  const raw = (channels: 1 | 2 | 3 | 4, samples: number[], width = 1, height = 1) =>
    decodeImage({ kind: "raw", pixels: Uint8Array.from(samples), width, height, channels }, "x");

  test("become RGB on white", async () => {
    expect([...(await raw(1, [7])).pixels]).toEqual([7, 7, 7]);
    expect([...(await raw(2, [0, 51])).pixels]).toEqual([204, 204, 204]);
    expect([...(await raw(3, [1, 2, 3])).pixels]).toEqual([1, 2, 3]);
    expect([...(await raw(4, [10, 20, 30, 0])).pixels]).toEqual([255, 255, 255]);
    expect([...(await raw(4, [10, 20, 30, 255])).pixels]).toEqual([10, 20, 30]);
  });

  test("of a wrong length or size are refused", async () => {
    await expect(raw(3, [1, 2])).rejects.toMatchObject({ code: "unreadable-image" });
    await expect(raw(1, [], 0, 0)).rejects.toMatchObject({ code: "unreadable-image" });
    await expect(raw(1, [], 9999, 9999)).rejects.toMatchObject({ code: "image-too-large" });
  });

  test("are shrunk, too", async () => {
    const content = { kind: "raw", pixels: new Uint8Array(8 * 4).fill(9), width: 8, height: 4, channels: 1 } as const;
    const { pixels, width, height } = await decodeImage(content, "x", { shorterSide: 2 });
    expect([width, height]).toEqual([4, 2]);
    expect(new Set(pixels)).toEqual(new Set([9]));
  });
});
