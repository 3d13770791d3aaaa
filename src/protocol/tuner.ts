import type { SearchSpace } from "../registry/index.js";
import type { Random } from "../rng/index.js";
import { expectedImprovement, gaussianProcess } from "./gaussian-process.js";
import { pointOf, type Settings, settingsAt } from "./space.js";

/** How settings are searched. */
export type SearchKind = "bayesian" | "random";

/** A setting tried, and its score; null where it failed. */
export interface Tried {
  readonly settings: Settings;
  readonly score: number | null;
}

/**
 * Trials that are chosen together, without knowing of each other's scores: as many processes can work at once, and which
 * of them does what changes nothing.
 */
export const ROUND = 5;

/** How many trials must be over before trial `number` can be chosen. */
export function trialsBefore(number: number): number {
  return number - (number % ROUND);
}

const CANDIDATES = 1000;
/** Share of the candidates that lie around the best point, and how far around. */
const LOCAL = 0.3;
const LOCAL_DEVIATION = 0.1;

/**
 * The settings of trial `number`. Trial 0 has the method's own defaults; the rest of the first round is random. Then, by
 * Bayesian search, each is where a Gaussian process over the trials before this round expects the most improvement
 * (Snoek, Larochelle and Adams, NIPS 2012); trials of the same round count as if they had scored what is expected of
 * them (Ginsbourger et al.'s kriging believer, 2010). A failed trial counts as the worst score.
 *
 * @param initial settings that the method has when nothing is tuned
 * @param tried the trials before this round, in order
 * @param random a generator of the method's own; forked by number here
 */
export function propose(
  space: SearchSpace,
  initial: Settings,
  tried: readonly Tried[],
  number: number,
  kind: SearchKind,
  random: Random,
): Settings {
  if (number === 0) return initial;
  const dimensions = Object.keys(space).length;
  const draw = (source: Random) => Array.from({ length: dimensions }, () => source.uniform());
  if (kind === "random" || number < ROUND) return settingsAt(space, draw(random.fork(`trial/${number}`)));
  const known = tried.flatMap(({ score }) => score ?? []);
  const worst = known.length > 0 ? Math.min(...known) : 0;
  const points = tried.map(({ settings }) => pointOf(space, settings));
  const scores = tried.map(({ score }) => score ?? worst);
  let next: number[] = [];
  for (let at = trialsBefore(number); at <= number; at++) {
    const predict = gaussianProcess(points, scores);
    next = mostPromising(points, scores, predict, draw, random.fork(`trial/${at}`));
    const believed = predict(next).mean;
    points.push(next);
    scores.push(believed);
  }
  return settingsAt(space, next);
}

function mostPromising(
  points: readonly (readonly number[])[],
  scores: readonly number[],
  predict: ReturnType<typeof gaussianProcess>,
  draw: (source: Random) => number[],
  random: Random,
): number[] {
  const best = Math.max(...scores);
  const center = points[scores.indexOf(best)]!;
  const around = () => center.map((x) => Math.min(1, Math.max(0, x + LOCAL_DEVIATION * random.normal())));
  let chosen = draw(random);
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < CANDIDATES; i++) {
    const candidate = i < LOCAL * CANDIDATES ? around() : draw(random);
    const gain = expectedImprovement(predict(candidate), best);
    if (gain > most) [most, chosen] = [gain, candidate];
  }
  return chosen;
}
