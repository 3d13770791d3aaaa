import { describe, expect, test } from "vitest";
import { type ClassFolders, classFolderItems } from "../../../src/data/sources/class-folders.js";
import { container } from "../../../src/data/sources/container.js";

function folders(path: string, ...files: string[]): ClassFolders {
  return {
    container: container(
      path,
      files.map((file) => ({ path: file, read: async () => new TextEncoder().encode(file) })),
    ),
  };
}
const labels = (sources: ClassFolders[]) =>
  classFolderItems(sources, "error").map(({ name, label }) => `${label} < ${name}`);

describe("classFolderItems", () => {
  test("the class is the folder, and reading gives the file", async () => {
    const items = classFolderItems([folders("pets", "cat/1.jpg", "dog/1.PNG")], "error");
    expect(items).toMatchObject([
      { name: "cat/1.jpg", label: "cat" },
      { name: "dog/1.PNG", label: "dog" },
    ]);
    expect(Object.keys(items[0]!).sort()).toEqual(["label", "name", "read"]);
    expect(await items[1]!.read()).toEqual({ kind: "encoded", bytes: new TextEncoder().encode("dog/1.PNG") });
  });

  test("nested folders are one class, grouped by the outer ones", () => {
    const items = classFolderItems(
      [folders("omniglot", "Latin/c1/a.png", "Latin/c2/a.png", "Greek/c1/a.png")],
      "error",
    );
    expect(items.map(({ label, group }) => [label, group])).toEqual([
      ["Greek/c1", "Greek"],
      ["Latin/c1", "Latin"],
      ["Latin/c2", "Latin"],
    ]);
  });

  test("folders that all images share do not count", () => {
    expect(labels([folders("a", "data/images/cat/1.jpg", "data/images/dog/1.jpg")])).toEqual([
      "cat < data/images/cat/1.jpg",
      "dog < data/images/dog/1.jpg",
    ]);
    expect(labels([folders("a", "data/cat/1.jpg", "data/cat/2.jpg")])[0]).toBe("cat < data/cat/1.jpg");
    // Shared by one archive only, it is part of the class.
    expect(labels([folders("a.zip", "x/1/i.jpg"), folders("b.zip", "y/1/i.jpg")])).toEqual([
      "x/1 < a.zip/x/1/i.jpg",
      "y/1 < b.zip/y/1/i.jpg",
    ]);
  });

  test("folders named after parts of a split are that, if all on top are", () => {
    const described = (...paths: string[]) =>
      classFolderItems([folders("a", ...paths)], "error").map(({ label, split }) => [label, split]);
    expect(described("d/train/cat/1.jpg", "d/val/cat/2.jpg", "d/test/dog/1.jpg")).toEqual([
      ["dog", "test"],
      ["cat", "train"],
      ["cat", "validation"],
    ]);
    expect(described("test/1.jpg", "other/1.jpg")).toEqual([
      ["other", undefined],
      ["test", undefined],
    ]);
  });

  test("containers can stand for parts, and keep names apart", () => {
    const items = classFolderItems(
      [
        { ...folders("x/a.zip", "cat/1.jpg"), split: "train" },
        { ...folders("y/a.zip", "cat/1.jpg", "dog/1.jpg"), split: "test" },
      ],
      "error",
    );
    expect(items.map(({ name, split }) => [name, split])).toEqual([
      ["x/a.zip/cat/1.jpg", "train"],
      ["y/a.zip/cat/1.jpg", "test"],
      ["y/a.zip/dog/1.jpg", "test"],
    ]);
  });

  test("other files count where images are, for the inspection to report", () => {
    const files = folders("a", "README.md", "lists/all.txt", "cat/1.jpg", "cat/broken", "dog/1.jpg");
    expect(labels([files])).toEqual(["cat < cat/1.jpg", "cat < cat/broken", "dog < dog/1.jpg"]);
  });

  test("images in no folder are an error, or have no label", () => {
    const files = [folders("a", "1.jpg", "cat/1.jpg")];
    expect(() => classFolderItems(files, "error")).toThrow(/every image in a class folder, received 1.jpg in none/);
    expect(classFolderItems(files, "keep").map(({ label }) => label)).toEqual(["", "cat"]);
    const parts = [folders("a", "train/1.jpg", "test/2.jpg")];
    expect(classFolderItems(parts, "keep").map(({ label, split }) => [label, split])).toEqual([
      ["", "test"],
      ["", "train"],
    ]);
  });

  test("nothing to show is an error", () => {
    expect(() => classFolderItems([folders("a", "notes/x.txt")], "keep")).toThrow(
      expect.objectContaining({ code: "no-images" }),
    );
  });
});
