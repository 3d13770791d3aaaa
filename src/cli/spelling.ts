/** Levenshtein's distance: insertions, deletions and replacements between two words. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The one of `known` that `word` was probably meant to be, when one is near enough. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => [editDistance(name, word), name] as const).sort((a, b) => a[0] - b[0]);
  const [distance, name] = ranked[0] ?? [Number.POSITIVE_INFINITY, undefined];
  return distance <= Math.max(2, word.length / 3) ? name : undefined;
}
