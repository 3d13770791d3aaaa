/** One example of a data set: what it is called, what it is of, and where it belongs. */
export interface Item {
  /** Path or other name, unique in its data set; reports show it. */
  readonly name: string;
  /** Name of the class. */
  readonly label: string;
  /** Part of a predefined split (`train`, `validation`, `test`, ...), when the data set has one. */
  readonly split?: string;
  /** A grouping other than the class: category, camera, person who drew, subject. */
  readonly group?: string;
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

/** Images with class labels. */
export interface ImageDataset {
  readonly kind: "image";
  readonly name: string;
  readonly items: readonly ImageItem[];
}

/** Feature vectors with class labels. */
export interface VectorDataset {
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
