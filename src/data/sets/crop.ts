import { SimileError } from "../../errors/index.js";
import type { ImageItem, RawImage } from "../dataset.js";
import { decodeImage } from "../images/decode.js";

/** A box in pixels, from the left and top edges; `right` and `bottom` are just outside. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The item with its picture cut to `box`, which is cut to the picture first. Errors on reading: `invalid-box`. */
export function cropped(item: ImageItem, box: PixelBox): ImageItem {
  return { ...item, read: async () => cropPixels(item.name, await decodeImage(await item.read(), item.name), box) };
}

function cropPixels(
  where: string,
  { pixels, width, height }: { pixels: Uint8Array; width: number; height: number },
  box: PixelBox,
): RawImage {
  const left = Math.max(0, Math.floor(box.left));
  const top = Math.max(0, Math.floor(box.top));
  const wide = Math.min(width, Math.ceil(box.right)) - left;
  const high = Math.min(height, Math.ceil(box.bottom)) - top;
  if (wide < 1 || high < 1) {
    throw new SimileError({
      code: "invalid-box",
      where,
      expected: `a box within ${width} x ${height} pixels`,
      received: `${box.left}, ${box.top} to ${box.right}, ${box.bottom}`,
      remedy: "take the annotations as published, or read the pictures whole (crop=false)",
    });
  }
  const kept = new Uint8Array(wide * high * 3);
  for (let row = 0; row < high; row++) {
    const start = ((top + row) * width + left) * 3;
    kept.set(pixels.subarray(start, start + wide * 3), row * wide * 3);
  }
  return { kind: "raw", pixels: kept, width: wide, height: high, channels: 3 };
}

/** The item with its picture turned counter-clockwise by a number of quarter turns. */
export function turned(item: ImageItem, quarters: number): ImageItem {
  if (quarters % 4 === 0) return item;
  return {
    ...item,
    read: async () => {
      let { pixels, width, height } = await decodeImage(await item.read(), item.name);
      for (let turn = 0; turn < quarters % 4; turn++) {
        pixels = quarterTurn(pixels, width, height);
        [width, height] = [height, width];
      }
      return { kind: "raw", pixels, width, height, channels: 3 };
    },
  };
}

/** RGB pixels [height, width, 3] turned counter-clockwise once: [width, height, 3]. */
function quarterTurn(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const result = new Uint8Array(pixels.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      const from = (x * width + (width - 1 - y)) * 3;
      result.set(pixels.subarray(from, from + 3), (y * height + x) * 3);
    }
  }
  return result;
}
