/** One example of a data set: what it is called, what it is of, and where it belongs. */
export interface Item {
  /** Path or other name, unique in its data set; reports show it. */
  readonly name: string;
  /** Name of the class. */
  readonly label: string;
  /** Part of a predefined split (`train`, `validation`, `test`, ...), when the data set has one. */
  readonly split?: string;
  /** A grouping other than the class: category, super-class, person who drew, subject. */
  readonly group?: string;
  /** What the item is for in its part, where the protocol searches queries in a gallery; without it, both. */
  readonly role?: Role;
  /**
   * The camera it was taken with, where the protocol asks to find an item seen by another one: what has both label and
   * camera of a query is neither right nor wrong for it.
   */
  readonly camera?: string;
}

/** What an item is for in an evaluation. */
export type Role = "query" | "gallery";

/** What a verification protocol compares: one item, or several of one subject whose embeddings are averaged. */
export interface Template {
  readonly name: string;
  /** Names of its items, at least one. */
  readonly items: readonly string[];
}

/** Pairs to be told apart: of the same subject, or of two. All arrays are of one length, a pair an index. */
export interface VerificationPairs {
  readonly templates: readonly Template[];
  /** Positions in `templates`. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** 1 for the same subject, 0 for different ones. */
  readonly same: Uint8Array;
  /** The fold of each pair, from 0: a threshold is chosen on the others. All 0 when the protocol has no folds. */
  readonly fold: Int32Array;
}

/** An image as its file holds it (PNG, JPEG, WebP, ...). */
export interface EncodedImage {
  readonly kind: "encoded";
  readonly bytes: Uint8Array;
}

/** An image as plain 8-bit samples [height, width, channels], row-major: grey, grey + alpha, RGB or RGB + alpha. */
export interface RawImage {
  readonly kind: "raw";
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** What reading an image item gives; decoding turns both kinds into RGB. */
export type ImageContent = EncodedImage | RawImage;

/** An item whose image is read when it is needed. */
export interface ImageItem extends Item {
  /** Reads the image. Throws a SimileError when the bytes cannot be read; whether they decode is not checked here. */
  read(): Promise<ImageContent>;
}

/** What any data set may say besides its items. */
export interface DatasetProtocol {
  /** The pairs of its verification protocol. */
  readonly pairs?: VerificationPairs;
  /** What whoever uses it should know: what was left out, what is incomplete. */
  readonly notes?: readonly string[];
}

/** Images with class labels. */
export interface ImageDataset extends DatasetProtocol {
  readonly kind: "image";
  readonly name: string;
  readonly items: readonly ImageItem[];
}

/** Feature vectors with class labels. */
export interface VectorDataset extends DatasetProtocol {
  readonly kind: "vector";
  readonly name: string;
  readonly items: readonly Item[];
  readonly dimension: number;
  /** [items, dimension], row-major. */
  readonly vectors: Float32Array;
}

/** A data set of any kind; `kind` tells which. */
export type Dataset = ImageDataset | VectorDataset;

/** The class names of `items`, sorted by code unit, and the index into them of each item. */
export function classIndex(items: readonly Item[]): { classes: string[]; labels: Int32Array } {
  const classes = [...new Set(items.map((item) => item.label))].sort();
  const position = new Map(classes.map((name, index) => [name, index]));
  return { classes, labels: Int32Array.from(items, (item) => position.get(item.label)!) };
}
