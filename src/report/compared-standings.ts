import type { RetrievalComparison } from "../evaluate/index.js";
import type { ComparedScore } from "../stats/index.js";
import type { StandingMethod, Standings } from "./standings.js";

/**
 * Systems compared on the same queries (`compareRetrieval`) as standings, ready for `renderReport`: `metric` leads (default
 * the first), the best system comes first, the baseline is the comparison's.
 */
export function comparedStandings({ metrics, queries, classes }: RetrievalComparison, metric?: string): Standings {
  const ordered = metrics.toSorted((a, b) => Number(b.name === metric) - Number(a.name === metric));
  const [leading] = ordered;
  const names = (leading?.systems ?? []).toSorted((a, b) => b.mean.value - a.mean.value).map(({ name }) => name);
  const baseline = leading?.systems[0]?.name;
  const others = names.length - 1;
  const correction = others > 1 ? `, corrected by Holm over the ${others} systems compared with ${baseline}` : "";
  return {
    metrics: ordered.map(({ name }) => name),
    ...(baseline !== undefined && { baseline }),
    methods: names.map((name) => method(name, ordered)),
    note: `${queries} queries of ${classes} classes, the same for every system. 95 % bootstrap intervals, classes drawn whole.`,
    differencesNote: `Paired by query. p by sign flips of whole classes${correction}; effect in standard deviations of the classes' differences.`,
  };
}

function method(name: string, metrics: RetrievalComparison["metrics"]): StandingMethod {
  const scores = metrics.map(({ systems }) => systems.find((system) => system.name === name)!);
  const differences = scores.map(difference);
  return {
    name,
    scores: scores.map(({ mean }) => mean),
    ...(differences.some((each) => each !== null) && { differences }),
  };
}

function difference({ difference: found }: ComparedScore) {
  if (!found) return null;
  const { value, low, high, pValue, adjustedPValue, effect } = found;
  return { value, low, high, pValue, adjustedPValue, ...(effect !== null && { effect }) };
}
