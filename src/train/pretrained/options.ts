import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SimileError } from "../../errors/index.js";
import { decodeModel, defaultFeatures, type ModelProto } from "../../onnx/index.js";
import type { Choice } from "../choice.js";
import { parseConfig, type TrainConfig, type TrainOptions } from "../config.js";
import { modelPath } from "../model-path.js";
import { imageInput, readPreprocessing } from "./preprocessing.js";

type Options = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A path in the place of a backbone's name: it ends in .onnx, or leads to a folder. */
function isPath(name: unknown): name is string {
  return typeof name === "string" && /\.onnx$|[/\\]/.test(name);
}

/** `backbone: PATH` and `backbone: {name: PATH}` as the backbone `onnx` of that model; anything else as it is. */
export function expandBackbone<T extends Options>(options: T): T {
  const { backbone } = options;
  const chosen = isObject(backbone) ? backbone : { name: backbone };
  if (!isPath(chosen.name)) return options;
  return { ...options, backbone: { ...chosen, name: "onnx", model: chosen.name } };
}

/** Share of the learning rate that a pretrained backbone gets unless told otherwise. */
const BACKBONE_MULTIPLIER = 0.1;
/** Side of the pictures of most pretrained networks. */
const USUAL_SIZE = 224;
const inside = ["channels", "range", "mean", "deviation"] as const;

/** A model that takes decoded bytes normalises them itself; other numbers given would count for nothing. */
function checkInside(image: Options, known: Options, path: string): void {
  const changed = inside.find(
    (key) => image[key] !== undefined && JSON.stringify(image[key]) !== JSON.stringify(known[key]),
  );
  if (changed === undefined) return;
  throw new SimileError({
    code: "invalid-configuration",
    where: `image.${changed}`,
    expected: `nothing: ${path} takes bytes and prepares them itself`,
    received: JSON.stringify(image[changed]),
    remedy: "leave it out",
  });
}

/** Files beside a model that hold its weights, by the names that it states. */
async function externalFiles(path: string, { graph }: ModelProto): Promise<Map<string, Uint8Array>> {
  const locations = graph.initializer.flatMap(({ externalData = [] }) =>
    externalData.flatMap(({ key, value }) => (key === "location" ? [value] : [])),
  );
  const folder = dirname(path);
  // Only names of files in the model's own folder: a model is no reason to read anything else.
  const own = [...new Set(locations)].filter((name) => name === basename(name) && ![".", ".."].includes(name));
  return new Map(await Promise.all(own.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

/** A model's file, and those beside it that hold its weights. */
interface ModelFiles {
  readonly path: string;
  readonly model: ModelProto;
  readonly bytes: Uint8Array;
  readonly external: ReadonlyMap<string, Uint8Array>;
  /** Checksum of them all. */
  readonly sha256: string;
}

async function readModelFiles(given: string): Promise<ModelFiles> {
  const path = await modelPath(given);
  const bytes = new Uint8Array(await readFile(path));
  const model = decodeModel(bytes);
  const external = await externalFiles(path, model);
  const hash = createHash("sha256").update(bytes);
  for (const part of external.values()) hash.update(part);
  return { path, model, bytes, external, sha256: hash.digest("hex") };
}

/** What a model file says about training on it, and how it was found out. */
async function pretrainedDefaults(given: string, image: Options) {
  const { path, model, sha256 } = await readModelFiles(given);
  const found = await readPreprocessing(model, path);
  const { source, ...known } = found ?? {};
  const shape = imageInput(model);
  if (shape?.bytes) checkInside(image, known, path);
  const preparation = source ?? "nothing; taken for ImageNet's, RGB";
  return {
    image: { size: shape?.size ?? USUAL_SIZE, ...known },
    backbone: { sha256, features: defaultFeatures(model), ...(shape && { preparation }) },
  };
}

/**
 * Options with what the files say that they name: `backbone: model.onnx` becomes the backbone `onnx`, with the checksum
 * of the file; size and preparation of pictures are those of the model, unless given; its learning rate is a tenth.
 */
export async function completeOptions(options: TrainOptions): Promise<TrainOptions> {
  const expanded = expandBackbone(options as Options);
  const { backbone, image = {} } = expanded;
  if (!isObject(backbone) || backbone.name !== "onnx" || typeof backbone.model !== "string" || !isObject(image))
    return expanded as TrainOptions;
  const known = await pretrainedDefaults(backbone.model, image);
  return {
    backboneMultiplier: BACKBONE_MULTIPLIER,
    ...expanded,
    image: { ...known.image, ...image },
    backbone: { ...known.backbone, ...backbone },
  } as TrainOptions;
}

/** {@link completeOptions} and every default: a configuration that can be trained. */
export async function readConfig(options: TrainOptions, where?: string): Promise<TrainConfig> {
  return parseConfig(await completeOptions(options), where);
}

/** The backbone `onnx` of a configuration in words. */
export function describeBackbone({ model, features, preparation }: Choice): string {
  const prepared = preparation === undefined ? "" : `, pictures prepared by ${preparation}`;
  return `${model} up to ${features ?? "its features"}${prepared}`;
}

function changedModel(path: string, expected: string | undefined, received: string): SimileError {
  return new SimileError({
    code: "model-changed",
    where: `backbone.model ${path}`,
    expected: expected === undefined ? "its checksum in backbone.sha256" : `the file with the checksum ${expected}`,
    received: expected === undefined ? "none" : `one with ${received}`,
    remedy:
      expected === undefined
        ? "make the configuration by readConfig, which adds it"
        : "put back the file that the run began with, or begin a new run",
  });
}

/** What {@link createModel} needs of the backbone `onnx`. */
export interface BackboneFiles {
  readonly bytes?: Uint8Array;
  readonly external?: ReadonlyMap<string, Uint8Array>;
}

/** The files of the backbone `onnx`, checked to be those that the run began with; nothing for other backbones. */
export async function backboneFiles({ backbone }: TrainConfig): Promise<BackboneFiles> {
  if (backbone?.name !== "onnx") return {};
  const { path, bytes, external, sha256 } = await readModelFiles(backbone.model as string);
  if (sha256 !== backbone.sha256) throw changedModel(path, backbone.sha256 as string | undefined, sha256);
  return { bytes, external };
}
