import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../../src/data/images/decode.js";
import { decodeOrdinaryJpeg } from "../../../src/data/images/jpeg-decoder.js";
import { ordinaryJpeg } from "../../../src/data/images/jpeg-header.js";
import { Random } from "../../../src/rng/index.js";

/** Noise, the hardest a decoder can get: every coefficient is in use. */
function noise(width: number, height: number): ReturnType<typeof sharp> {
  const random = new Random(width * 1000 + height);
  const pixels = new Uint8Array(width * height * 3).map(() => random.integer(256));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

const bySharp = (bytes: Uint8Array) =>
  sharp(bytes, { failOn: "error" })
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw()
    .toBuffer();
const directly = (bytes: Uint8Array) => decodeOrdinaryJpeg(bytes, 2 ** 26, Number.POSITIVE_INFINITY);
const encoded = (bytes: Uint8Array) => ({ kind: "encoded", bytes }) as const;
const sound = await noise(24, 16).jpeg().toBuffer();

/** `bytes` with a segment after the start of the image. */
function withSegment(marker: number, body: string | Uint8Array, bytes: Uint8Array = sound): Uint8Array {
  const data = typeof body === "string" ? Buffer.from(body, "latin1") : body;
  const head = Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255]);
  return Buffer.concat([bytes.subarray(0, 2), head, data, bytes.subarray(2)]);
}

describe("ordinary JPEGs are decoded directly, to sharp's bits", () => {
  const sizes = [
    [1, 1],
    [7, 9],
    [33, 17],
    [130, 64],
  ] as const;
  test.each(sizes)("%i x %i", async (width, height) => {
    for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
      for (const progressive of [false, true]) {
        for (const space of ["srgb", "b-w"]) {
          const picture = noise(width, height).toColourspace(space);
          const bytes = await picture.jpeg({ chromaSubsampling, progressive, quality: 85 }).toBuffer();
          const image = await directly(bytes);
          expect([image?.width, image?.height]).toEqual([width, height]);
          expect(Buffer.compare(image!.pixels, await bySharp(bytes))).toBe(0);
        }
      }
    }
  });

  test("orientation 1, comments and XMP change nothing", async () => {
    const upright = await noise(8, 8)
      .withExif({ IFD0: { Copyright: "nobody" } })
      .jpeg()
      .toBuffer();
    for (const bytes of [
      upright,
      withSegment(0xfe, "hello"),
      withSegment(0xe1, "http://ns.adobe.com/xap/1.0/\0<x/>"),
    ]) {
      expect(Buffer.compare((await directly(bytes))!.pixels, await bySharp(bytes))).toBe(0);
    }
    expect(ordinaryJpeg(withSegment(0xe1, `Exif\0\0${tiff(1)}`))).toEqual({ width: 24, height: 16 });
    expect(ordinaryJpeg(withSegment(0xfe, "hello"))).toEqual({ width: 24, height: 16 });
  });

  test("after a damaged one, too", async () => {
    expect(await directly(sound.subarray(0, sound.length * 0.7))).toBeUndefined();
    expect(Buffer.compare((await directly(sound))!.pixels, await bySharp(sound))).toBe(0);
  });
});

/** A TIFF file that holds an orientation only. */
const tiff = (orientation: number) =>
  `MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`;

describe("sharp is left", () => {
  test("whatever is not ordinary", async () => {
    expect(ordinaryJpeg(sound)).toEqual({ width: 24, height: 16 });
    const cmyk = await noise(8, 8).toColourspace("cmyk").jpeg().toBuffer();
    const profile = await noise(8, 8).withIccProfile("p3").jpeg().toBuffer();
    const turned = withSegment(0xe1, `Exif\0\0${tiff(6)}`);
    const cutExif = withSegment(0xe1, `Exif\0\0${tiff(1).slice(0, 12)}`);
    const twice = withSegment(0xe1, `Exif\0\0${tiff(1)}`, withSegment(0xe1, `Exif\0\0${tiff(1)}`));
    const adobeRgb = withSegment(0xee, "Adobe\0\x64\0\0\0\0\0");
    const png = await noise(8, 8).png().toBuffer();
    for (const bytes of [cmyk, profile, turned, cutExif, twice, adobeRgb, png, new Uint8Array(0)]) {
      expect(ordinaryJpeg(bytes)).toBeUndefined();
    }
    const { width, height } = await decodeImage(encoded(turned), "x");
    expect([width, height]).toEqual([16, 24]);
  });

  test("pictures to be shrunk, and those above the limit of pixels, which it refuses", async () => {
    expect(await decodeOrdinaryJpeg(sound, 2 ** 26, 15)).toBeUndefined();
    expect(await decodeOrdinaryJpeg(sound, 2 ** 26, 16)).toBeDefined();
    expect(await decodeOrdinaryJpeg(sound, 24 * 16 - 1, 16)).toBeUndefined();
    const refused = decodeImage(encoded(sound), "x", { maxPixels: 24 * 16 - 1 });
    await expect(refused).rejects.toMatchObject({ code: "image-too-large" });
  });

  test("files cut anywhere, which it judges", async () => {
    const progressive = await noise(24, 16).jpeg({ progressive: true }).toBuffer();
    for (const bytes of [sound, progressive]) {
      for (let length = 0; length < bytes.length; length += 41) {
        expect(await directly(bytes.subarray(0, length))).toBeUndefined();
      }
    }
  });
});

test("what is decoded directly, sharp would not have refused", async () => {
  const random = new Random(4);
  let decoded = 0;
  for (let i = 0; i < 300; i++) {
    const bytes = Uint8Array.from(sound);
    bytes[random.integer(bytes.length)] = random.integer(256);
    const image = await directly(bytes);
    if (!image) continue;
    decoded++;
    expect((await bySharp(bytes)).length).toBe(image.pixels.length);
  }
  expect(decoded).toBeGreaterThan(20);
});

test("a header is read within its bytes, whatever they are", () => {
  const exif = withSegment(0xe1, `Exif\0\0${tiff(1)}`);
  const place = fc.nat(200);
  fc.assert(
    fc.property(fc.array(fc.tuple(place, fc.nat(255))), fc.nat(exif.length), (changes, length) => {
      const bytes = Uint8Array.from(exif);
      for (const [at, value] of changes) bytes[at] = value;
      const header = ordinaryJpeg(bytes.subarray(0, length));
      expect(header === undefined || (header.width > 0 && header.height > 0)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
