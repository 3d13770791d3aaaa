/** The positions of each class in `labels`, classes in ascending order. `among`: only these positions, default all. */
export function itemsByClass(labels: Int32Array, among: Iterable<number> = labels.keys()): Int32Array[] {
  const classes = new Map<number, number[]>();
  for (const item of among) {
    const items = classes.get(labels[item]!);
    if (items) items.push(item);
    else classes.set(labels[item]!, [item]);
  }
  return [...classes.entries()].sort(([a], [b]) => a - b).map(([, items]) => Int32Array.from(items));
}

/** The arrays one after the other. */
export function concatenate(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
