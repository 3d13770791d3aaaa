import type { ParameterTree, Tensor } from "../graph/index.js";

/** A map of vectors that is learned. */
export interface LearnedMap {
  readonly parameters: ParameterTree;
  /** The map as a matrix [E, D], for regularizers. */
  readonly matrix: Tensor;
  /** Size of what it gives. */
  readonly dimension: number;
  /** [..., D] -> [..., E] */
  project(x: Tensor): Tensor;
}

/** How far, or how alike, vectors are. */
export interface Distance {
  /** All that determines its values, such as `lp p=2 power=1 normalized`: equal keys are equal distances. */
  readonly key: string;
  /** True when larger is nearer: the values are similarities. */
  readonly inverted: boolean;
  /** Set when it is a plain distance behind a map that is learned. Who measures with it declares the parameters. */
  readonly learned?: LearnedMap | undefined;
  /** [..., B, D] and [..., R, D] give [..., B, R]; leading axes are batches and broadcast. */
  matrix(query: Tensor, key: Tensor): Tensor;
  /** Row by row: [..., D] and [..., D] give [...]. */
  paired(a: Tensor, b: Tensor): Tensor;
}

/** How much farther a pair valued `x` is apart than one valued `y`: x - y, or y - x for similarities. */
export function gap(distance: Distance, x: Tensor, y: Tensor | number): Tensor {
  return distance.inverted ? x.neg().add(y) : x.sub(y);
}

/** Values with the sign that makes larger mean nearer. */
export function similarity(distance: Distance, query: Tensor, key: Tensor): Tensor {
  const values = distance.matrix(query, key);
  return distance.inverted ? values : values.neg();
}

/** Values with the sign that makes larger mean farther. */
export function dissimilarity(distance: Distance, query: Tensor, key: Tensor): Tensor {
  const values = distance.matrix(query, key);
  return distance.inverted ? values.neg() : values;
}
