import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { elementTypes, floatsOf, type GraphProto, type ModelProto } from "../../onnx/index.js";
import { modelNoteSchema } from "../preparation.js";

/** What is known of the pictures that a model takes; what it does not say is left out. */
export interface Preprocessing {
  readonly size?: number;
  readonly crop?: number;
  readonly channels?: "rgb" | "bgr";
  readonly range?: 1 | 255;
  readonly mean?: number[];
  readonly deviation?: number[];
}

/** Preprocessing with where it was found. */
export interface FoundPreprocessing extends Preprocessing {
  readonly source: string;
}

const three = z.array(z.number()).length(3);
const positive = z.array(z.number().positive()).length(3);

/** Keys of timm's pretrained configurations, as metadata or in the `config.json` beside a model. */
const timmSchema = z.object({
  input_size: z.tuple([z.number(), z.number(), z.number()]).optional(),
  crop_pct: z.number().gt(0).max(1).optional(),
  mean: three.optional(),
  std: positive.optional(),
});

/** Hugging Face's `preprocessor_config.json`. */
const processorSchema = z.object({
  size: z
    .union([z.number(), z.object({ height: z.number().optional(), shortest_edge: z.number().optional() })])
    .optional(),
  crop_size: z.union([z.number(), z.object({ height: z.number().optional() })]).optional(),
  do_center_crop: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  do_normalize: z.boolean().optional(),
  image_mean: three.optional(),
  image_std: positive.optional(),
});

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

function fromTimm(value: unknown): Preprocessing | undefined {
  const result = timmSchema.safeParse(value);
  if (!result.success || Object.keys(result.data).length === 0) return undefined;
  const { input_size: input, crop_pct: crop, mean, std: deviation } = result.data;
  return defined({ size: input?.[2], crop, mean, deviation } as Preprocessing);
}

/** Simile's own note. */
function fromNote(metadata: ReadonlyMap<string, string>): FoundPreprocessing | undefined {
  const note = modelNoteSchema.safeParse(parsed(metadata.get("simile")));
  if (!note.success || note.data.input.kind !== "image") return undefined;
  const { size, crop, channels, range, mean, deviation } = note.data.input;
  return { size, crop, channels, range, mean, deviation, source: "Simile's note in the file" };
}

/** timm's keys, each in JSON, or all of them in one value. */
function fromTimmMetadata(metadata: ReadonlyMap<string, string>): FoundPreprocessing | undefined {
  const keys = ["input_size", "crop_pct", "mean", "std"];
  const own = Object.fromEntries(keys.flatMap((key) => (metadata.has(key) ? [[key, parsed(metadata.get(key))]] : [])));
  const packed = ["pretrained_cfg", "default_cfg"].map((key) => parsed(metadata.get(key)));
  const found = [own, ...packed].map(fromTimm).find((candidate) => candidate !== undefined);
  return found && { ...found, source: "timm's keys in the file" };
}

/** The keys that the ONNX standard gives to models of images. */
function fromStandardMetadata(metadata: ReadonlyMap<string, string>): FoundPreprocessing | undefined {
  const order = /^(Rgb|Bgr)/i.exec(metadata.get("Image.BitmapPixelFormat") ?? "")?.[1]?.toLowerCase();
  const nominal = metadata.get("Image.NominalPixelRange");
  const ranges: Readonly<Record<string, Preprocessing>> = {
    NominalRange_0_255: { range: 255, mean: [0, 0, 0], deviation: [1, 1, 1] },
    Normalized_0_1: { range: 1, mean: [0, 0, 0], deviation: [1, 1, 1] },
    Normalized_1_1: { range: 1, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  };
  const range = nominal === undefined ? undefined : ranges[nominal];
  if (order === undefined && range === undefined) return undefined;
  const channels = order === "rgb" || order === "bgr" ? { channels: order as "rgb" | "bgr" } : {};
  return { ...channels, ...range, source: "the image keys of the ONNX standard in the file" };
}

async function besideModel(path: string, name: string): Promise<unknown> {
  // Models of the Hugging Face hub keep it one folder up, the ONNX file in `onnx/`.
  for (const folder of [dirname(path), join(dirname(path), "..")]) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) return parsed(text);
  }
  return undefined;
}

const side = (value: number | { height?: number | undefined; shortest_edge?: number | undefined } | undefined) =>
  typeof value === "number" ? value : (value?.height ?? value?.shortest_edge);

async function fromProcessor(path: string): Promise<FoundPreprocessing | undefined> {
  const result = processorSchema.safeParse(await besideModel(path, "preprocessor_config.json"));
  if (!result.success) return undefined;
  const { data } = result;
  const [resized, cropped] = [side(data.size), data.do_center_crop === false ? undefined : side(data.crop_size)];
  const size = cropped ?? resized;
  const crop = cropped !== undefined && resized !== undefined ? Math.min(1, cropped / resized) : undefined;
  const plain = data.do_normalize === false;
  const statistics = plain
    ? { mean: [0, 0, 0], deviation: [1, 1, 1] }
    : { mean: data.image_mean, deviation: data.image_std };
  const range = data.do_rescale === false ? 255 : 1;
  return defined({ size, crop, range, ...statistics, source: "preprocessor_config.json" } as FoundPreprocessing);
}

async function fromTimmFile(path: string): Promise<FoundPreprocessing | undefined> {
  const value = (await besideModel(path, "config.json")) as { pretrained_cfg?: unknown } | undefined;
  const found = fromTimm(value?.pretrained_cfg);
  return found && { ...found, source: "timm's config.json" };
}

/**
 * A mean that the graph itself subtracts first says how large values are, and in what order the channels come: in
 * photographs, blue is the darkest on average and red the brightest.
 */
function fromFirstNode(graph: GraphProto, image: string): FoundPreprocessing | undefined {
  const [reader, ...others] = graph.node.filter(({ input }) => input.includes(image));
  if (reader?.opType !== "Sub" || others.length > 0) return undefined;
  const stored = graph.initializer.find(({ name }) => name === reader.input[1]);
  if (stored?.dataType !== elementTypes.float32 || stored.dims.reduce((a, b) => a * b, 1) !== 3) return undefined;
  const mean = [...floatsOf(stored)];
  const [first, , last] = mean as [number, number, number];
  return {
    channels: first < last ? "bgr" : "rgb",
    range: Math.max(...mean) > 1 ? 255 : 1,
    mean: [0, 0, 0],
    deviation: [1, 1, 1],
    source: `the mean ${mean.map((value) => Number(value.toPrecision(4))).join(", ")} that its first node subtracts`,
  };
}

/** Where the channels of a model's image input are, and how large a picture it takes, where its shape says so. */
export interface ImageInputShape {
  readonly name: string;
  readonly layout: "nchw" | "nhwc";
  /** The model takes decoded bytes and prepares them itself. */
  readonly bytes: boolean;
  readonly size: number | undefined;
}

/** The first input of a model that is not a stored value, as an image. */
export function imageInput({ graph }: ModelProto): ImageInputShape | undefined {
  const stored = new Set(graph.initializer.map(({ name }) => name));
  const input = graph.input.find(({ name }) => !stored.has(name));
  const type = input?.type?.tensorType;
  const sizes = type?.shape?.dim.map(({ dimValue }) => dimValue);
  if (input === undefined || sizes?.length !== 4) return undefined;
  const layout = sizes[3] === 3 && sizes[1] !== 3 ? "nhwc" : "nchw";
  const [height, width] = layout === "nhwc" ? [sizes[1], sizes[2]] : [sizes[2], sizes[3]];
  const fixed = height !== undefined && height > 0 && height === width ? height : undefined;
  return { name: input.name, layout, bytes: type?.elemType === elementTypes.uint8, size: fixed };
}

/**
 * How pictures have to be prepared for a model: what its metadata say (Simile's own, timm's, the ONNX standard's), what
 * lies beside it (Hugging Face's `preprocessor_config.json`, timm's `config.json`), or what its first node gives away.
 * Undefined where nothing is known.
 */
export async function readPreprocessing(model: ModelProto, path: string): Promise<FoundPreprocessing | undefined> {
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]));
  const input = imageInput(model);
  const found =
    fromNote(metadata) ??
    fromTimmMetadata(metadata) ??
    fromStandardMetadata(metadata) ??
    (await fromProcessor(path)) ??
    (await fromTimmFile(path)) ??
    (input && fromFirstNode(model.graph, input.name));
  if (found === undefined || input?.size === undefined) return found;
  // A size that the graph has is the only one it takes.
  return { ...found, size: input.size };
}
