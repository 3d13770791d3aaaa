import { z } from "zod";
import { Random } from "../../rng/index.js";
import type { Role } from "../dataset.js";
import { type Listed, type ListLine, presentItems, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { PartCount, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const sizes = ["800", "1600", "2400"] as const;

const options = setOptions({
  test: z
    .union([z.enum(sizes), z.literal(800), z.literal(1600), z.literal(2400)])
    .default("800")
    .describe("vehicles in the test: 800 (small), 1600 (medium) or 2400 (large)"),
  seed: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe("draws the one gallery image of every test vehicle; papers average over 10 draws"),
});

/** Images in the three test lists. */
const testImages: Readonly<Record<string, number>> = { 800: 6493, 1600: 13377, 2400: 19777 };

function counts(size: string): PartCount[] {
  const vehicles = Number(size);
  return [
    { part: "train", items: 113346, classes: 13164 },
    { part: "test/query", items: testImages[size]! - vehicles },
    { part: "test/gallery", items: vehicles, classes: vehicles },
  ];
}

/** PKU VehicleID: the same vehicle before several cameras. */
export const vehicleId: PublishedSet<typeof options> = {
  name: "vehicle-id",
  summary: "PKU VehicleID: 221,763 pictures of 26,267 vehicles by surveillance cameras",
  paper:
    "Liu, Tian, Yang, Pang, Huang, Deep Relative Distance Learning: Tell the Difference Between Similar Vehicles, CVPR 2016",
  aliases: ["vehicleid", "pku-vehicleid", "VehicleID_V1.0", "VehicleID"],
  origin: "the multimedia learning group of Peking University (PKUML), page PKU VehicleID, on request",
  licence: "academic research on agreement with its makers, no redistribution",
  protocol:
    "13,164 vehicles train; of each of 800, 1,600 or 2,400 test vehicles one image drawn at random is the gallery, all its others are queries; R@1, R@5, MAP",
  classes: 13964,
  counts: counts("800"),
  layouts: [
    {
      name: "official",
      files: [
        {
          path: "train_test_split/train_list.txt",
          archive: "VehicleID_V1.0.zip",
          mark: true,
          holds: "image and vehicle of the training images",
        },
        {
          path: "train_test_split/test_list_800.txt",
          archive: "VehicleID_V1.0.zip",
          mark: true,
          holds: "the same of the small test; test_list_1600.txt and test_list_2400.txt for the others",
        },
        { path: "image/", archive: "VehicleID_V1.0.zip", holds: "221,763 JPEG files" },
      ],
    },
  ],
  options,
  create: (settings) => {
    const { partial, test, seed } = options.parse(settings);
    return (source) => readVehicles(source, partial, String(test), seed);
  },
};

async function readVehicles(source: SetSource, partial: boolean, size: string, seed: number): Promise<SetContent> {
  const images = source.folder("image");
  const listed = ({ fields: [image = "", vehicle = ""] }: ListLine, split: string, role?: Role): Listed => {
    const item = { name: `${image}.jpg`, label: vehicle, split, ...(role && { role }) };
    return { item, file: images.get(`${image}.jpg`) };
  };
  const train = await readList(source.file("train_test_split/train_list.txt"), { fields: [2] });
  const test = await readList(source.file(`train_test_split/test_list_${size}.txt`), { fields: [2] });
  const gallery = oneOfEach(test, new Random(seed));
  const rows = [
    ...train.map((row) => listed(row, "train")),
    ...test.map((row) => listed(row, "test", gallery.has(row) ? "gallery" : "query")),
  ];
  return { items: presentItems(source.path, rows, partial), counts: counts(size) };
}

/** One row of every vehicle, drawn. */
function oneOfEach(rows: readonly ListLine[], random: Random): Set<ListLine> {
  const byVehicle = new Map<string, ListLine[]>();
  for (const row of rows) {
    const own = byVehicle.get(row.fields[1]!);
    if (own) own.push(row);
    else byVehicle.set(row.fields[1]!, [row]);
  }
  return new Set([...byVehicle.values()].map((own) => own[random.integer(own.length)]!));
}
