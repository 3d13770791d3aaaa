import { SimileError } from "../../errors/index.js";
import type { Item } from "../dataset.js";
import type { PartCount } from "./published.js";

/** The part an item is counted in: `train`, `test/query`, or `all` when the data set has no parts. */
function partOf({ split, role }: Item): string {
  const part = split ?? "all";
  return role === undefined ? part : `${part}/${role}`;
}

/** How many items and classes each part has, in order of appearance. */
export function countParts(items: readonly Item[]): PartCount[] {
  const parts = new Map<string, { items: number; classes: Set<string> }>();
  for (const item of items) {
    const name = partOf(item);
    const part = parts.get(name) ?? { items: 0, classes: new Set<string>() };
    if (part.items === 0) parts.set(name, part);
    part.items++;
    part.classes.add(item.label);
  }
  return [...parts].map(([part, { items: count, classes }]) => ({ part, items: count, classes: classes.size }));
}

/** `train 5864 items of 100 classes` */
export function describeCount({ part, items, classes }: PartCount): string {
  return `${part} ${items} items${classes === undefined ? "" : ` of ${classes} classes`}`;
}

/** Where the items differ from what a complete copy holds; empty when they do not. */
export function countDifferences(items: readonly Item[], expected: readonly PartCount[]): string[] {
  const found = new Map(countParts(items).map((count) => [count.part, count]));
  const wanted = new Set(expected.map(({ part }) => part));
  const wrong = expected.flatMap((count) => {
    const here = found.get(count.part) ?? { part: count.part, items: 0, classes: 0 };
    const same = here.items === count.items && (count.classes === undefined || here.classes === count.classes);
    return same
      ? []
      : [
          `${describeCount(here)} instead of ${count.items}${count.classes === undefined ? "" : ` of ${count.classes}`}`,
        ];
  });
  const surplus = [...found.values()]
    .filter(({ part }) => !wanted.has(part))
    .map((count) => `${describeCount(count)}, unexpected`);
  return [...wrong, ...surplus];
}

/** Throws `wrong-counts` unless the items are those of a complete copy. */
export function checkCounts(where: string, items: readonly Item[], expected: readonly PartCount[]): void {
  const differences = countDifferences(items, expected);
  if (differences.length === 0) return;
  throw new SimileError({
    code: "wrong-counts",
    where,
    expected: expected.map(describeCount).join(", "),
    received: differences.join("; "),
    remedy: "copy or unpack the data set again, or take what is there with the option partial=true",
  });
}
