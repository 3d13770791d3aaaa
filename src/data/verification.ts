import type { Template, VerificationPairs } from "./dataset.js";

/** A pair by the names of its templates. */
export interface VerificationPair {
  readonly first: string;
  readonly second: string;
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

/** Pairs by position; `itemsOf` gives the items of a template, by default the item of its name. */
export function verificationPairs(
  pairs: readonly VerificationPair[],
  itemsOf: (template: string) => readonly string[] = (name) => [name],
): VerificationPairs {
  const positions = new Map<string, number>();
  const templates: Template[] = [];
  const position = (name: string) => {
    const known = positions.get(name);
    if (known !== undefined) return known;
    positions.set(name, templates.length);
    return templates.push({ name, items: itemsOf(name) }) - 1;
  };
  return {
    first: Int32Array.from(pairs, ({ first }) => position(first)),
    second: Int32Array.from(pairs, ({ second }) => position(second)),
    same: Uint8Array.from(pairs, ({ same }) => (same ? 1 : 0)),
    fold: Int32Array.from(pairs, ({ fold }) => fold),
    templates,
  };
}

/**
 * The pairs both templates of which still have an item among `names`, and of each template those items: what is left
 * after unreadable ones were set aside, or of one part of a data set.
 */
export function pairsAmong(pairs: VerificationPairs, names: ReadonlySet<string>): VerificationPairs {
  const left = pairs.templates.map((template) => ({
    ...template,
    items: template.items.filter((item) => names.has(item)),
  }));
  const kept = [...pairs.first.keys()].filter(
    (pair) => left[pairs.first[pair]!]!.items.length > 0 && left[pairs.second[pair]!]!.items.length > 0,
  );
  return {
    templates: left,
    first: Int32Array.from(kept, (pair) => pairs.first[pair]!),
    second: Int32Array.from(kept, (pair) => pairs.second[pair]!),
    same: Uint8Array.from(kept, (pair) => pairs.same[pair]!),
    fold: Int32Array.from(kept, (pair) => pairs.fold[pair]!),
  };
}
