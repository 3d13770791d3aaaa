import type { Measurement, Standings } from "../report/index.js";
import { interval, percent, points, pValue } from "../report/numbers.js";

/**
 * The standings as one Markdown table: each metric with its interval, then the difference to the baseline in the first
 * metric with its interval and corrected p.
 */
export function standingsMarkdown({ metrics, methods, baseline, note, differencesNote }: Standings): string {
  const heads = ["Method", ...metrics, ...(baseline === undefined ? [] : [`${metrics[0]} - ${baseline}`, "p"])];
  const rows = methods.map(({ name, scores, differences }) => {
    const first = differences?.[0];
    const compared = first
      ? [`${points(first.value)} ${ends(first)}`.trim(), probability(first.adjustedPValue)]
      : ["", ""];
    return [name, ...metrics.map((_, at) => score(scores[at])), ...(baseline === undefined ? [] : compared)];
  });
  const lines = [heads, heads.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map(
    (cells) => `| ${cells.map(escaped).join(" | ")} |`,
  );
  return [lines.join("\n"), note, differencesNote].filter((part) => part !== undefined).join("\n\n");
}

function score(measurement: Measurement | null | undefined): string {
  if (!measurement) return "–";
  const range = interval(measurement);
  return range === "" ? percent(measurement.value) : `${percent(measurement.value)} (${range})`;
}

function ends({ low, high }: Measurement): string {
  return low === undefined || high === undefined ? "" : `(${points(low)} to ${points(high)})`;
}

function probability(p: number | undefined): string {
  return p === undefined ? "" : pValue(p);
}

function escaped(cell: string): string {
  return cell.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
