/**
 * The threshold that judges most of `pairs` (default all) right when distances up to it are accepted as same: half way between
 * two distances, of equally good ones the smallest. NaN counts as infinitely far; without pairs it is 0.
 */
export function bestThreshold(
  distances: ArrayLike<number>,
  same: ArrayLike<number>,
  pairs: readonly number[] = Array.from(same, (_, pair) => pair),
): number {
  const value = (pair: number) => (Number.isNaN(distances[pair]!) ? Number.POSITIVE_INFINITY : distances[pair]!);
  const order = [...pairs].sort((a, b) => (value(a) < value(b) ? -1 : Number(value(a) > value(b))));
  // Accepting nothing is right about every different pair.
  let score = pairs.filter((pair) => !same[pair]).length;
  let best = { score, threshold: order.length > 0 ? value(order[0]!) - 1 : 0 };
  order.forEach((pair, at) => {
    score += same[pair] ? 1 : -1;
    const next = at + 1 < order.length ? value(order[at + 1]!) : value(pair);
    if (score <= best.score || (at + 1 < order.length && next === value(pair))) return;
    best = { score, threshold: Number.isFinite(next) ? (value(pair) + next) / 2 : value(pair) };
  });
  return best.threshold;
}

/** The share of `pairs` (default all) that are judged right when distances up to `threshold` are accepted as same. */
export function acceptedRight(
  distances: ArrayLike<number>,
  same: ArrayLike<number>,
  threshold: number,
  pairs: readonly number[] = Array.from(same, (_, pair) => pair),
): number {
  return pairs.filter((pair) => distances[pair]! <= threshold === Boolean(same[pair])).length / pairs.length;
}
