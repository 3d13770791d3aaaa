/** Wasserstein-1 (earth mover's) distance of two samples on the line, each value with equal weight; sizes may differ. */
export function wasserstein1d(a: Float64Array, b: Float64Array): number {
  return wassersteinOfSorted(a.slice().sort(), b.slice().sort());
}

/** {@link wasserstein1d} of samples in ascending order: the area between the two distribution functions. */
export function wassersteinOfSorted(a: Float64Array, b: Float64Array): number {
  let [i, j, area] = [0, 0, 0];
  let last = Math.min(a[0] ?? Number.NaN, b[0] ?? Number.NaN);
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    const value = fromA ? a[i]! : b[j]!;
    area += Math.abs(i / a.length - j / b.length) * (value - last);
    last = value;
    if (fromA) i++;
    else j++;
  }
  return area;
}
