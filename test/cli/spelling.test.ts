import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearestWord } from "../../src/cli/spelling.js";

test("edit distance is a metric", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
});

test("the nearest word is found when it is near", () => {
  expect(nearestWord("imgae.size", ["image.size", "image.scale"])).toBe("image.size");
  expect(nearestWord("margin", ["alpha", "beta"])).toBeUndefined();
  expect(nearestWord("margin", [])).toBeUndefined();
});
