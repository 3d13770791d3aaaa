import { type Initializer, Parameter } from "../graph/index.js";
import { gather } from "../ops/index.js";
import { normal } from "./initializers.js";
import { type Layer, layer } from "./layer.js";

/** Settings of {@link embedding}. */
export interface EmbeddingOptions {
  /** Default: standard normal numbers. */
  readonly initializer?: Initializer;
}

/** One learned vector for each of `count` things: int64 indices [...] -> [..., dimension]. */
export function embedding(count: number, dimension: number, { initializer = normal() }: EmbeddingOptions = {}): Layer {
  const vectors = new Parameter([count, dimension], { initializer });
  return layer("embedding", { vectors }, (indices) => gather(vectors, indices));
}
