import type { AnalysisSummary } from "../analysis.js";
import { percent, significant } from "../numbers.js";
import { figureColours } from "../theme.js";
import { type Figure, figureConfig, SCHEMA } from "./figure.js";
import { key, legend } from "./legend.js";

const SIZE = { $schema: SCHEMA, width: 340, height: 200, config: figureConfig } as const;

/** Singular values, on a log scale: how evenly the directions are used. */
export function spectrumFigure({ spectrum, rho, effectiveRank }: AnalysisSummary): Figure {
  const values = spectrum.map((value, at) => ({ direction: at + 1, value })).filter(({ value }) => value > 1e-8);
  return {
    id: "spectrum",
    title: "Singular spectrum",
    alternative: `Line chart of ${spectrum.length} singular values: the largest is ${percent(spectrum[0])} of their sum, about ${significant(effectiveRank)} directions are in use, rho is ${significant(rho)}.`,
    caption: "Each singular value over the sum of all, largest first. A flat line uses every direction alike.",
    spec: {
      ...SIZE,
      data: { values },
      mark: { type: "line", color: figureColours.accent, strokeWidth: 2.2 },
      encoding: {
        x: {
          field: "direction",
          type: "quantitative",
          title: "direction",
          scale: { nice: false },
          axis: { grid: false, tickCount: 5 },
        },
        y: {
          field: "value",
          type: "quantitative",
          title: null,
          scale: { type: "log" },
          axis: { format: "~p", tickCount: 4, grid: false },
        },
      },
    },
  };
}

/** Distances of pairs of one class beside those of two: where they overlap no threshold tells them apart. */
export function distancesFigure({ distances }: AnalysisSummary): Figure {
  const width = (distances.high - distances.low) / distances.same.length;
  const kinds = [
    { name: "pairs of one class", shares: distances.same, colour: figureColours.accent },
    { name: "pairs of two classes", shares: distances.different, colour: figureColours.second },
  ];
  const values = kinds.flatMap(({ shares }, at) =>
    shares.map((share, bin) => ({ distance: distances.low + (bin + 0.5) * width, share, kind: key(at) })),
  );
  const overlap = distances.same.reduce((sum, share, bin) => sum + Math.min(share, distances.different[bin]!), 0);
  return {
    id: "distances",
    title: "Distances of pairs",
    legend: legend(
      "Kinds of pairs, by colour",
      kinds.map(({ name, colour }) => ({ name, colour, glyph: "■" })),
    ),
    alternative: `Distances of pairs of one class and of two classes as two distributions, of which ${percent(overlap)} overlap.`,
    caption: `Share of each kind's pairs by distance; ${percent(overlap)} overlap.`,
    spec: {
      ...SIZE,
      data: { values },
      mark: { type: "area", opacity: 0.45, interpolate: "monotone", line: { strokeWidth: 2 } },
      encoding: {
        x: {
          field: "distance",
          type: "quantitative",
          title: "distance",
          scale: { nice: false, zero: false },
          axis: { grid: false, tickCount: 5 },
        },
        y: { field: "share", type: "quantitative", title: null, stack: null, axis: { format: "~p", tickCount: 4 } },
        color: {
          field: "kind",
          type: "nominal",
          scale: { domain: kinds.map((_, at) => key(at)), range: kinds.map(({ colour }) => colour) },
          legend: null,
        },
      },
    },
  };
}

/** How many items are in how many lists of neighbours. */
export function hubnessFigure({ hubness, items }: AnalysisSummary): Figure {
  const most = hubness.occurrences.at(-1)?.occurrences ?? 0;
  const width = Math.max(1, Math.ceil((most + 1) / 40));
  const bins = new Map<number, number>();
  for (const { occurrences, items: count } of hubness.occurrences) {
    const bin = Math.floor(occurrences / width) * width;
    bins.set(bin, (bins.get(bin) ?? 0) + count);
  }
  const values = [...bins].map(([from, count]) => ({ from, to: from + width, share: count / items }));
  return {
    id: "hubness",
    title: "How often items are found",
    alternative: `Histogram of how many lists of ${hubness.k} neighbours an item is in: ${percent(hubness.antiHubs)} are in none, the most frequent is in ${most}; skewness ${significant(hubness.skewness)}.`,
    caption: `Share of items by the number of lists of ${hubness.k} neighbours they are in. A long tail is made of hubs.`,
    spec: {
      ...SIZE,
      data: { values },
      mark: { type: "bar", color: figureColours.accent, binSpacing: 1 },
      encoding: {
        x: {
          field: "from",
          type: "quantitative",
          bin: { binned: true },
          title: "lists",
          axis: { grid: false, tickCount: 6, format: "d" },
        },
        x2: { field: "to" },
        y: { field: "share", type: "quantitative", title: null, axis: { format: "~p", tickCount: 4 } },
      },
    },
  };
}

/** Every class by its score, worst first. */
export function classesFigure({ perClass }: AnalysisSummary): Figure {
  const values = perClass.map(({ averagePrecisionAtR }, at) => ({ rank: at + 1, value: averagePrecisionAtR }));
  return {
    id: "classes",
    title: "Classes from worst to best",
    alternative: `Curve of MAP@R by class, from ${percent(values[0]?.value)} for the worst to ${percent(values.at(-1)?.value)} for the best of ${values.length}.`,
    caption: "MAP@R of each class. The left end is what a mean hides.",
    spec: {
      ...SIZE,
      data: { values },
      mark: {
        type: "area",
        color: figureColours.accent,
        opacity: 0.25,
        interpolate: "step",
        line: { color: figureColours.accent, strokeWidth: 2 },
      },
      encoding: {
        x: {
          field: "rank",
          type: "quantitative",
          title: "class",
          scale: { nice: false, zero: false },
          axis: { grid: false, tickCount: 5, format: "d" },
        },
        y: {
          field: "value",
          type: "quantitative",
          title: null,
          scale: { domain: [0, 1] },
          axis: { format: "~%", tickCount: 5 },
        },
      },
    },
  };
}
