import { z } from "zod";
import { constant, type Tensor } from "../graph/index.js";

/** What a model takes: square RGB images or vectors. Stored in `model.onnx` under the key `simile`. */
export const inputSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("image"),
    size: z.number().int(),
    crop: z.number(),
    /** Pictures whose shorter side is longer were shrunk to this first, so that later use sees what training saw. */
    workingSide: z.number(),
    /** Order of the channels that the network takes; the file itself always takes RGB. */
    channels: z.enum(["rgb", "bgr"]).default("rgb"),
    /** Largest value of a channel before `mean` is subtracted and `deviation` divides, both in the order of `channels`. */
    range: z.union([z.literal(1), z.literal(255)]).default(1),
    mean: z.array(z.number()).length(3),
    deviation: z.array(z.number()).length(3),
  }),
  z.object({ kind: z.literal("vector"), dimension: z.number().int() }),
]);

/** See {@link inputSchema}. */
export type ModelInput = z.infer<typeof inputSchema>;

/** What `model.onnx` says of itself under the metadata key `simile`. */
export const modelNoteSchema = z.object({
  input: inputSchema,
  dimension: z.number().int(),
  /** How embeddings are compared; models of earlier versions do not say. */
  distance: z.enum(["cosine", "euclidean"]).optional(),
});

/** The image side of {@link ModelInput}. */
export type ImageInput = Extract<ModelInput, { kind: "image" }>;

/** RGB bytes [n, h, w, 3] as the network takes them: float32 [n, 3, h, w], channels in order, scaled, normalised. */
export function prepareImages(x: Tensor, { channels, range, mean, deviation }: ImageInput): Tensor {
  const scale = constant(deviation.map((value) => range / (255 * value)));
  const shift = constant(mean.map((value, i) => -value / deviation[i]!));
  const values = x.cast("float32");
  const ordered = channels === "rgb" ? values : values.flip(3);
  return ordered.mul(scale).add(shift).transpose([0, 3, 1, 2]);
}
