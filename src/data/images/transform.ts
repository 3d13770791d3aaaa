import { SimileError } from "../../errors/index.js";
import type { Random } from "../../rng/index.js";
import { changeColor } from "./color.js";
import type { RgbImage } from "./decode.js";
import { type Box, resample, rotate, type Size } from "./resample.js";

/**
 * How much larger than the output shows a source may stay. To shrink it by less than this takes longer than to transform it
 * as it is, and one filter blurs less than two.
 */
const SLACK = 1.5;

/** A transform as plain data, which another thread makes it from again: see {@link transformOf}. */
export type TransformRecipe =
  | { readonly kind: "training"; readonly options: TrainingTransformOptions }
  | { readonly kind: "evaluation"; readonly options: EvaluationTransformOptions };

/** Turns pictures of any size into the network's input. */
export interface ImageTransform {
  /** How to make it again. A transform without one runs on the calling thread only. */
  readonly recipe?: TransformRecipe;
  /** Size of the output. */
  readonly size: Size;
  /** Sources with a longer shorter side than this may be shrunk to it first: the output shows less anyway. */
  readonly workingSide: number;
  /** Writes the transformed `image` into `target` [height, width, 3]. Draws from `random` only. */
  apply(image: RgbImage, random: Random, target: Uint8Array): void;
}

/** How training pictures vary. Defaults: torchvision's RandomResizedCrop and RandomHorizontalFlip; no jitter. */
export interface TrainingTransformOptions {
  /** Output size in pixels: side of a square, or width and height. */
  readonly size: number | Size;
  /** Range of the area kept by the random crop, as a share; default [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Range of width over height of the crop, relative to the output's; default [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
  /** Chance of mirroring left to right; default 0.5. */
  readonly flip?: number;
  /** Largest relative change of brightness; default 0. */
  readonly brightness?: number;
  /** Largest relative change of contrast; default 0. */
  readonly contrast?: number;
  /** Largest relative change of saturation; default 0. */
  readonly saturation?: number;
  /** Largest turn of hue either way, in full turns, at most 0.5; default 0. */
  readonly hue?: number;
  /** Largest rotation either way, in degrees; default 0. */
  readonly rotation?: number;
}

/** How pictures are cut for evaluation. */
export interface EvaluationTransformOptions {
  /** Output size in pixels: side of a square, or width and height. */
  readonly size: number | Size;
  /** Share of the shorter side that the centre crop keeps; default 0.875 (resize to 256, crop 224). */
  readonly cropShare?: number;
}

/** Random resized crop, mirroring, colour jitter, rotation. Errors: `invalid-option`. */
export function trainingTransform(options: TrainingTransformOptions): ImageTransform {
  const size = checkedSize(options.size);
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], flip = 0.5, rotation = 0 } = options;
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = options;
  check("scale", 0 < scale[0] && scale[0] <= scale[1] && scale[1] <= 1, "0 < low <= high <= 1", scale);
  check("ratio", 0 < ratio[0] && ratio[0] <= ratio[1] && ratio[1] < Infinity, "0 < low <= high", ratio);
  check("flip", flip >= 0 && flip <= 1, "a share in [0, 1]", flip);
  check("hue", hue >= 0 && hue <= 0.5, "turns in [0, 0.5]", hue);
  check("rotation", rotation >= 0 && rotation <= 180, "degrees in [0, 180]", rotation);
  for (const [name, value] of Object.entries({ brightness, contrast, saturation })) {
    check(name, value >= 0 && value < Infinity, "a number of at least 0", value);
  }
  const jitters = Math.max(brightness, contrast, saturation, hue) > 0;
  return {
    recipe: { kind: "training", options },
    size,
    workingSide: Math.ceil((SLACK * Math.max(size.width, size.height)) / Math.sqrt(scale[0])),
    apply(image, random, target) {
      const box = randomBox(image, size, scale, ratio, random);
      resample(image, box, size, target, random.uniform() < flip);
      if (rotation > 0) rotate(target, size, between(-rotation, rotation, random));
      if (!jitters) return;
      const factor = (spread: number) => between(Math.max(0, 1 - spread), 1 + spread, random);
      changeColor(target, {
        brightness: factor(brightness),
        contrast: factor(contrast),
        saturation: factor(saturation),
        hue: between(-hue, hue, random),
      });
    },
  };
}

/** Centre crop of a fixed share, scaled to the output; nothing random. Errors: `invalid-option`. */
export function evaluationTransform(options: EvaluationTransformOptions): ImageTransform {
  const { cropShare = 0.875 } = options;
  const size = checkedSize(options.size);
  check("cropShare", cropShare > 0 && cropShare <= 1, "a share in (0, 1]", cropShare);
  return {
    recipe: { kind: "evaluation", options },
    size,
    workingSide: Math.ceil((SLACK * Math.max(size.width, size.height)) / cropShare),
    apply(image, _random, target) {
      resample(image, centredBox(image, size, cropShare), size, target);
    },
  };
}

/** The transform that a recipe describes. */
export function transformOf(recipe: TransformRecipe): ImageTransform {
  return recipe.kind === "training" ? trainingTransform(recipe.options) : evaluationTransform(recipe.options);
}

function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform();
}

/** The largest box of the output's shape that `image` holds, shrunk to `share` of it, in the middle. */
function centredBox(image: RgbImage, size: Size, share: number): Box {
  const factor = share * Math.min(image.width / size.width, image.height / size.height);
  const [width, height] = [size.width * factor, size.height * factor];
  return { left: (image.width - width) / 2, top: (image.height - height) / 2, width, height };
}

/** A box of random area and shape at a random place: torchvision's RandomResizedCrop, but not rounded to pixels. */
function randomBox(
  image: RgbImage,
  size: Size,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: Random,
): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = image.width * image.height * between(scale[0], scale[1], random);
    const shape = (size.width / size.height) * Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1]), random));
    const [width, height] = [Math.sqrt(area * shape), Math.sqrt(area / shape)];
    if (width > image.width || height > image.height) continue;
    return {
      left: between(0, image.width - width, random),
      top: between(0, image.height - height, random),
      width,
      height,
    };
  }
  return centredBox(image, size, 1);
}

function checkedSize(size: number | Size): Size {
  const { width, height } = typeof size === "number" ? { width: size, height: size } : size;
  const valid = [width, height].every((side) => Number.isInteger(side) && side >= 1 && side <= 2 ** 14);
  check("size", valid, "whole pixels from 1 to 16384", size);
  return { width, height };
}

function check(name: string, valid: boolean, expected: string, value: unknown): void {
  if (valid) return;
  const received = JSON.stringify(value);
  throw new SimileError({ code: "invalid-option", where: `image.${name}`, expected, received, remedy: "correct it" });
}
