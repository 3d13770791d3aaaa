import { SimileError } from "../errors/index.js";

/** What a folder may hold that is no data set to embed, by the files that tell. */
const kinds: readonly {
  readonly code?: string;
  readonly holds: string;
  readonly files: readonly RegExp[];
  readonly remedy: string;
}[] = [
  {
    code: "python-pickles",
    holds: "Python pickles, which are not read: they can run programs",
    files: [/(\.(pkl|pickle)|(^|\/)data_batch_1|-python\.tar\.gz)$/],
    remedy:
      "take the binary version (CIFAR), the lists and pictures (mini- and tiered-ImageNet), or write the arrays as .npy",
  },
  {
    holds: "a knowledge graph (triples of head, relation and tail)",
    files: [/^train\.tsv$/, /^valid\.tsv$/, /^test\.tsv$/],
    remedy: "it has no items with classes; its triples can be read as plain tab-separated text",
  },
  {
    holds: "tracking data (boxes by frame, without pictures)",
    files: [/(^|\/)gt\.txt$/],
    remedy: "it has no pictures to embed; its files can be read as plain comma-separated text",
  },
  {
    holds: "a hierarchy (edges from child to parent)",
    files: [/_edges\.(csv|tsv)$/],
    remedy: "it has no items with classes; its edges can be read as plain text",
  },
];

/** The error that tells what a folder holds instead of a data set, when `files` (paths within) show it. */
export function otherKind(where: string, files: readonly string[]): SimileError | undefined {
  const found = kinds.find((kind) => kind.files.every((pattern) => files.some((file) => pattern.test(file))));
  if (found === undefined) return undefined;
  return new SimileError({
    code: found.code ?? "not-for-embedding",
    where,
    expected: "images or vectors with classes",
    received: found.holds,
    remedy: found.remedy,
  });
}
