import { SimileError } from "../../errors/index.js";

/**
 * Receiver operating characteristic of a verification: a pair is accepted when its distance is at most the threshold. Points go
 * from accepting nothing (threshold -Infinity) to accepting everything; pairs of equal distance enter together.
 */
export interface RocCurve {
  /** Ascending: -Infinity, then each distance that occurs. */
  readonly thresholds: Float64Array;
  /** Share of different pairs accepted at each threshold: false match rate, FAR. */
  readonly falseMatch: Float64Array;
  /** Share of same pairs accepted at each threshold: true match rate, TAR. */
  readonly trueMatch: Float64Array;
  /** Pairs of the same subject, and of different ones. */
  readonly same: number;
  readonly different: number;
}

/**
 * The curve of pairs with their distances [N] and whether they are the same [N] (1) or not (0).
 *
 * Example: same at .1, .3, .5 and different at .4, .6: points (0, 0), (0, 1/3), (0, 2/3), (1/2, 2/3), (1/2, 1), (1, 1).
 * A distance of NaN or infinity is never accepted before everything is. Throws `SimileError` (`pairs`) unless both kinds are there.
 */
export function rocCurve(distances: ArrayLike<number>, same: ArrayLike<number>): RocCurve {
  const total = checkPairs("rocCurve", distances, same);
  const value = (pair: number) => (Number.isNaN(distances[pair]!) ? Number.POSITIVE_INFINITY : distances[pair]!);
  const order = Int32Array.from({ length: distances.length }, (_, pair) => pair).sort((a, b) =>
    compare(value(a), value(b)),
  );
  const points = { thresholds: [Number.NEGATIVE_INFINITY], falseMatch: [0], trueMatch: [0] };
  let [right, wrong] = [0, 0];
  order.forEach((pair, at) => {
    if (same[pair]) right++;
    else wrong++;
    if (at + 1 < order.length && value(order[at + 1]!) === value(pair)) return;
    points.thresholds.push(value(pair));
    points.falseMatch.push(wrong / total.different);
    points.trueMatch.push(right / total.same);
  });
  return {
    thresholds: Float64Array.from(points.thresholds),
    falseMatch: Float64Array.from(points.falseMatch),
    trueMatch: Float64Array.from(points.trueMatch),
    ...total,
  };
}

function compare(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Area under the curve: the chance that a same pair is nearer than a different one, equal distances counting half.
 * Example: same at .1, .3, .5, different at .4, .6: 5 of 6 comparisons are right: .83333.
 */
export function areaUnderRoc({ falseMatch, trueMatch }: RocCurve): number {
  let area = 0;
  for (let i = 1; i < falseMatch.length; i++) {
    area += ((falseMatch[i]! - falseMatch[i - 1]!) * (trueMatch[i]! + trueMatch[i - 1]!)) / 2;
  }
  return area;
}

/**
 * Equal error rate: where the false match rate equals the false non-match rate, on the straight line between the two points around
 * it. Example: same at .1, .3, .5, different at .4, .6: both are 1/3 on the line from (0, 2/3) to (1/2, 2/3).
 */
export function equalErrorRate({ falseMatch, trueMatch }: RocCurve): number {
  const gap = (i: number) => falseMatch[i]! - (1 - trueMatch[i]!);
  const after = falseMatch.findIndex((_, i) => gap(i) >= 0);
  const before = after - 1;
  const share = -gap(before) / (gap(after) - gap(before));
  return falseMatch[before]! + share * (falseMatch[after]! - falseMatch[before]!);
}

/** A working point of a verification. */
export interface OperatingPoint {
  readonly threshold: number;
  readonly falseMatch: number;
  readonly trueMatch: number;
}

/**
 * TAR at FAR: the loosest threshold at which no more than the wanted share of different pairs is accepted. No interpolation: the rate
 * is kept. A rate below one in the number of different pairs means that none is accepted.
 *
 * Example: same at .1, .3, .5, different at .4, .6: at FAR 0 to .49 the threshold is .3 and TAR 2/3; at .5 it is .5 and 1.
 */
export function operatingPoint(
  { thresholds, falseMatch, trueMatch }: RocCurve,
  falseMatchRate: number,
): OperatingPoint {
  if (!(falseMatchRate >= 0 && falseMatchRate <= 1)) {
    throw new SimileError({
      code: "pairs",
      where: "operatingPoint",
      expected: "a false match rate from 0 to 1",
      received: `${falseMatchRate}`,
      remedy: "ask for a share such as 0.001",
    });
  }
  let at = 0;
  while (at + 1 < falseMatch.length && falseMatch[at + 1]! <= falseMatchRate) at++;
  return { threshold: thresholds[at]!, falseMatch: falseMatch[at]!, trueMatch: trueMatch[at]! };
}

/** Counts both kinds. Throws `SimileError` (`pairs`) unless the lists agree and each kind occurs. */
export function checkPairs(
  where: string,
  distances: ArrayLike<number>,
  same: ArrayLike<number>,
): { same: number; different: number } {
  let right = 0;
  for (let pair = 0; pair < same.length; pair++) if (same[pair]) right++;
  const different = same.length - right;
  if (distances.length === same.length && right > 0 && different > 0) return { same: right, different };
  throw new SimileError({
    code: "pairs",
    where,
    expected: "pairs with a distance each, some of the same subject and some of different ones",
    received: `${distances.length} distances, ${right} same and ${different} different pairs`,
    remedy: "add pairs of the kind that is missing",
  });
}
