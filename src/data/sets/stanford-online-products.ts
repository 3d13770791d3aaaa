import type { StoredFile } from "../sources/container.js";
import { invalidList, type Listed, presentItems, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { PublishedSet } from "./published.js";

const options = setOptions({});
const archive = "Stanford_Online_Products.zip";

/** Stanford Online Products: product photographs of an online marketplace. */
export const stanfordOnlineProducts: PublishedSet<typeof options> = {
  name: "stanford-online-products",
  summary: "Stanford Online Products: photographs of 22,634 products in 12 categories",
  paper: "Oh Song, Xiang, Jegelka, Savarese, Deep Metric Learning via Lifted Structured Feature Embedding, CVPR 2016",
  aliases: ["sop", "Stanford_Online_Products", "online-products"],
  origin: "the computational vision and geometry lab of Stanford, project page of the lifted structure paper",
  licence: "MIT for the lists; the photographs belong to their owners, research only",
  protocol:
    "11,318 products train, the other 11,316 test; every test image searches all others; R@1, 10, 100, 1000, MAP@R",
  classes: 22634,
  counts: [
    { part: "train", items: 59551, classes: 11318 },
    { part: "test", items: 60502, classes: 11316 },
  ],
  layouts: [
    {
      name: "official",
      files: [
        {
          path: "Ebay_train.txt",
          archive,
          mark: true,
          holds: "image, product, category and path of the training images",
        },
        { path: "Ebay_test.txt", archive, mark: true, holds: "the same of the test images" },
        {
          path: "bicycle_final/",
          archive,
          holds: "pictures of bicycles; eleven more such folders hold the other categories",
        },
      ],
    },
  ],
  options,
  create: (settings) => {
    const { partial } = options.parse(settings);
    return async (source) => {
      const files = new Map(source.files.map((file) => [file.path.split("/").slice(-2).join("/"), file]));
      const train = await readProducts(source.file("Ebay_train.txt"), "train", files);
      const test = await readProducts(source.file("Ebay_test.txt"), "test", files);
      return { items: presentItems(source.path, [...train, ...test], partial) };
    };
  },
};

/** Lines `image_id class_id super_class_id path` below a header. */
async function readProducts(
  list: StoredFile,
  split: string,
  files: ReadonlyMap<string, StoredFile>,
): Promise<Listed[]> {
  const rows = await readList(list, { fields: [4], skip: 1 });
  return rows.map(({ line, fields: [, product = "", , path = ""] }) => {
    const group = path.split("/")[0]!.replace(/_final$/, "");
    if (!/^\d+$/.test(product)) throw invalidList(list, line, "the number of a product", product);
    return { item: { name: path, label: product, split, group }, file: files.get(path) };
  });
}
