import { SimileError } from "../../errors/index.js";
import type { ImageItem, RawImage } from "../dataset.js";
import type { StoredFile } from "../sources/container.js";
import { invalidList, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { OfficialFile, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});
const SIDE = 32;
const PLANE = SIDE * SIDE;

interface Variant {
  readonly archive: string;
  /** Files of records, and the part they are. */
  readonly records: readonly (readonly [path: string, split: string])[];
  /** File of the names of the classes. */
  readonly names: string;
  /** File of the names of the super-classes, whose number then precedes that of the class in a record. */
  readonly groups?: string;
}

const cifar10Files: Variant = {
  archive: "cifar-10-binary.tar.gz",
  records: [...[1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, "train"] as const), ["test_batch.bin", "test"]],
  names: "batches.meta.txt",
};

const cifar100Files: Variant = {
  archive: "cifar-100-binary.tar.gz",
  records: [
    ["train.bin", "train"],
    ["test.bin", "test"],
  ],
  names: "fine_label_names.txt",
  groups: "coarse_label_names.txt",
};

function officialFiles({ archive, records, names, groups }: Variant): OfficialFile[] {
  return [
    ...records.map(([path, split]) => ({
      path,
      archive,
      mark: true,
      holds: `${split} images with their classes, 32 x 32`,
    })),
    { path: names, archive, mark: true, holds: "names of the classes" },
    ...(groups === undefined ? [] : [{ path: groups, archive, holds: "names of the super-classes" }]),
  ];
}

const shared = {
  paper: "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
  licence: "none stated; the makers ask for the citation",
  options,
} as const;

/** CIFAR-10, binary version. */
export const cifar10: PublishedSet<typeof options> = {
  ...shared,
  name: "cifar-10",
  summary: "CIFAR-10: 60,000 tiny images of 10 classes (binary version)",
  aliases: ["cifar10", "cifar-10-batches-bin", "cifar-10-binary"],
  origin:
    "Alex Krizhevsky's page at the University of Toronto, the binary version (Python pickles are not read: they can run programs)",
  protocol: "50,000 train, 10,000 test, all classes in both",
  classes: 10,
  counts: [
    { part: "train", items: 50000, classes: 10 },
    { part: "test", items: 10000, classes: 10 },
  ],
  layouts: [{ name: "binary", files: officialFiles(cifar10Files) }],
  create: (settings) => {
    const { partial } = options.parse(settings);
    return (source) => readCifar(source, cifar10Files, partial);
  },
};

/** CIFAR-100, binary version. */
export const cifar100: PublishedSet<typeof options> = {
  ...shared,
  name: "cifar-100",
  summary: "CIFAR-100: 60,000 tiny images of 100 classes in 20 super-classes (binary version)",
  aliases: ["cifar100", "cifar-100-binary"],
  origin:
    "Alex Krizhevsky's page at the University of Toronto, the binary version (Python pickles are not read: they can run programs)",
  protocol: "50,000 train, 10,000 test, all classes in both; the super-class is the group",
  classes: 100,
  counts: [
    { part: "train", items: 50000, classes: 100 },
    { part: "test", items: 10000, classes: 100 },
  ],
  layouts: [{ name: "binary", files: officialFiles(cifar100Files) }],
  create: (settings) => {
    const { partial } = options.parse(settings);
    return (source) => readCifar(source, cifar100Files, partial);
  },
};

async function readCifar(
  source: SetSource,
  { records, names, groups }: Variant,
  partial: boolean,
): Promise<SetContent> {
  const labels = await readNames(source.file(names));
  const coarse = groups === undefined ? undefined : await readNames(source.file(groups));
  const items: ImageItem[] = [];
  for (const [path, split] of records) {
    const file = partial ? source.find(path) : source.file(path);
    if (file === undefined) continue;
    for (const item of readRecords(path, await file.read(), split, labels, coarse)) items.push(item);
  }
  return { items };
}

async function readNames(file: StoredFile): Promise<string[]> {
  const names = (await readList(file, { fields: [1] })).map(({ fields }) => fields[0]!);
  if (names.length > 0) return names;
  throw invalidList(file, 1, "names of classes", "an empty file");
}

/** Records of the super-class (CIFAR-100 alone), the class, and three planes of 32 x 32 bytes. */
function readRecords(
  path: string,
  bytes: Uint8Array,
  split: string,
  labels: readonly string[],
  groups: readonly string[] | undefined,
): ImageItem[] {
  const start = groups === undefined ? 1 : 2;
  const length = start + 3 * PLANE;
  if (bytes.length % length !== 0) throw wrongRecord(path, `records of ${length} bytes`, `${bytes.length} bytes`);
  return Array.from({ length: bytes.length / length }, (_, i) => {
    const at = i * length;
    const label = labels[bytes[at + start - 1]!];
    const group = groups?.[bytes[at]!];
    if (label === undefined || (groups !== undefined && group === undefined)) {
      throw wrongRecord(
        path,
        "numbers of classes that have names",
        `${bytes.subarray(at, at + start).join(", ")} in record ${i}`,
      );
    }
    const planes = bytes.subarray(at + start, at + length);
    return {
      name: `${path}/${i}`,
      label,
      split,
      ...(group !== undefined && { group }),
      read: async () => interleaved(planes),
    };
  });
}

function interleaved(planes: Uint8Array): RawImage {
  const pixels = new Uint8Array(3 * PLANE);
  for (let i = 0; i < PLANE; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = planes[channel * PLANE + i]!;
  }
  return { kind: "raw", pixels, width: SIDE, height: SIDE, channels: 3 };
}

function wrongRecord(where: string, expected: string, received: string): SimileError {
  return new SimileError({ code: "invalid-records", where, expected, received, remedy: "unpack the archive again" });
}
