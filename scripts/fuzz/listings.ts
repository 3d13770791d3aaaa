import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataset, readPairs } from "../../src/data/index.js";
import { readIntegers } from "../../src/data/sets/integers.js";
import { readPairsListing } from "../../src/data/sources/pairs-listing.js";
import type { FuzzTarget } from "./target.js";

const contents: Readonly<Record<string, string>> = {
  "labels.csv": 'file,label,split,group\n1.png,cat,train,x\n2.png,"dog, big",test,y\n',
  "labels.tsv": "path\tclass\n1.png\tcat\n2.png\tdog\n",
  "list_train.txt": "image_id class_id super_class_id path\n1 1 1 a/1.png\n2 2 1 a/2.png\n",
  "labels.jsonl": '{"path":"1.png","label":"cat"}\n{"path":"2.png","label":"dog","group":"x"}\n',
};

/** Listings of pictures, lists of pairs, and lists of numbers. */
export const listings: FuzzTarget = {
  name: "listings",
  async cases() {
    const folder = await mkdtemp(join(tmpdir(), "simile-fuzz-"));
    const encode = (text: string) => new TextEncoder().encode(text);
    const files = Object.entries(contents).map(([file, content]) => ({
      name: file,
      sound: encode(content),
      read: async (bytes: Uint8Array) => {
        await writeFile(join(folder, file), bytes);
        return openDataset(join(folder, file), { kind: "image" });
      },
    }));
    const items = ["a.jpg", "b.jpg", "x.zip/c.jpg"].map((name) => ({ name, label: "" }));
    const pairs = {
      name: "pairs.csv",
      sound: encode("fold,file_a,file_b,same\n0,a.jpg,b.jpg,1\n1,a.jpg,c.jpg,0\n"),
      read: async (bytes: Uint8Array) => {
        await writeFile(join(folder, "pairs.csv"), bytes);
        return readPairsListing(join(folder, "pairs.csv"), items);
      },
    };
    const integers = {
      name: "integers",
      sound: encode("1 2 1\n3 4 0\n2147483647 5 1\n"),
      read: async (bytes: Uint8Array) => readIntegers(bytes, 3, "fuzz.txt"),
    };
    const trained = {
      name: "training pairs",
      sound: encode("id_a,id_b,alike\na,b,yes\nb,c,0.2\n"),
      read: async (bytes: Uint8Array) => {
        await writeFile(join(folder, "training.csv"), bytes);
        return readPairs(join(folder, "training.csv"));
      },
    };
    return [...files, pairs, integers, trained];
  },
};
