import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "../../src/rng/index.js";

/** Writes a folder of `classes` class folders with `each` small pictures: a coloured disc on noise, one colour a class. */
export async function writePictures(folder: string, classes: number, each: number, side = 20): Promise<void> {
  const random = new Random(5);
  for (let label = 0; label < classes; label++) {
    const name = `class-${String(label).padStart(2, "0")}`;
    await mkdir(join(folder, name), { recursive: true });
    const colour = [0, 1, 2].map(() => 40 + random.integer(200));
    for (let i = 0; i < each; i++) {
      const pixels = new Uint8Array(side * side * 3);
      const [x, y] = [side / 2 + random.integer(5) - 2, side / 2 + random.integer(5) - 2];
      for (let at = 0; at < side * side; at++) {
        const inside = Math.hypot((at % side) - x, Math.floor(at / side) - y) < side / 3;
        for (let c = 0; c < 3; c++)
          pixels[at * 3 + c] = Math.min(255, (inside ? colour[c]! : 128) + random.integer(30));
      }
      const png = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer();
      await writeFile(join(folder, name, `${i}.png`), png);
    }
  }
}
