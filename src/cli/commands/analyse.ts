import { writeFileAtomic } from "../../data/atomic.js";
import { classIndex } from "../../data/index.js";
import { analyseEmbeddings, type EmbeddingAnalysis } from "../../evaluate/index.js";
import { type AnalysisSummary, renderReport } from "../../report/index.js";
import { type JudgedRows, type JudgeOptions, openJudged } from "../judged.js";
import { createOutput, percent, table } from "../output.js";
import { oddities } from "./evaluate.js";

/** Flags of `simile analyse`. */
export interface AnalyseOptions extends JudgeOptions {
  /** HTML file to be written. */
  readonly report?: string;
  readonly seed: string;
}

/** Classes named in text; the report and JSON hold more. */
const SHOWN = 5;

/** What embeddings tell about themselves: density, spectrum, hubness, classes that fail or are confused. */
export async function analyseCommand(run: string, data: string | undefined, options: AnalyseOptions): Promise<number> {
  const output = createOutput(options.json ?? false);
  const rows = await openJudged(run, data, options, output);
  const { labels, classes } = classIndex(rows.items);
  const analysis = await analyseEmbeddings(rows, labels, {
    distance: rows.distance,
    device: options.device,
    seed: Number(options.seed),
    onPart: (part) => output.status(`analysing: ${part}`),
  });
  const summary = summaryOf(rows, classes, analysis);
  if (options.report !== undefined) await writeReport(options.report, summary);
  const report = options.report === undefined ? {} : { report: options.report };
  output.result({ ...summary, ...report }, describe(summary, analysis, options.report));
  return 0;
}

function summaryOf(rows: JudgedRows, names: readonly string[], analysis: EmbeddingAnalysis): AnalysisSummary {
  const { retrieval, hubness } = analysis;
  const mean = (metric: string, at: number) => retrieval.metrics[metric]!.perClass[at]!;
  const perClass = Array.from(retrieval.classes, (label, at) => ({
    name: names[label]!,
    precisionAt1: mean("P@1", at),
    averagePrecisionAtR: mean("MAP@R", at),
  })).sort((a, b) => a.averagePrecisionAtR - b.averagePrecisionAtR || (a.name < b.name ? -1 : 1));
  const hubs = Array.from(hubness.occurrences, (count, row) => ({ name: rows.names[row]!, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
  return {
    source: rows.source,
    distance: rows.distance,
    items: analysis.items,
    classes: analysis.classes,
    dimension: analysis.dimension,
    density: analysis.density,
    rho: analysis.rho,
    effectiveRank: analysis.effectiveRank,
    spectrum: [...analysis.spectrum],
    alignment: analysis.alignment,
    uniformity: analysis.uniformity,
    hubness: {
      k: hubness.k,
      skewness: hubness.skewness,
      antiHubs: hubness.antiHubs,
      occurrences: histogram(hubness.occurrences),
      hubs,
    },
    complexity: { value: analysis.complexity.value, samples: analysis.complexity.samples },
    scores: Object.entries(retrieval.metrics).map(([name, metric]) => ({
      name,
      mean: metric.mean,
      classMean: metric.classMean,
      worstClass: metric.perClass.reduce((a, b) => Math.min(a, b), 1),
    })),
    perClass,
    confused: analysis.confused.map(({ from, to, count, share }) => ({
      from: names[from]!,
      to: names[to]!,
      count,
      share,
    })),
    distances: {
      low: analysis.distances.low,
      high: analysis.distances.high,
      same: [...analysis.distances.same],
      different: [...analysis.distances.different],
    },
    lone: retrieval.lone,
    notes: oddities(retrieval.lone, retrieval.tied, analysis.input),
  };
}

/** How many items have each number of occurrences. */
function histogram(occurrences: Int32Array): { occurrences: number; items: number }[] {
  const counts = new Map<number, number>();
  for (const value of occurrences) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).map(([value, items]) => ({ occurrences: value, items }));
}

function describe(summary: AnalysisSummary, { retrieval }: EmbeddingAnalysis, report: string | undefined): string {
  const { density, hubness, perClass, confused } = summary;
  const digits = (value: number) => value.toFixed(4);
  const worst = perClass
    .slice(0, SHOWN)
    .map(({ name, precisionAt1, averagePrecisionAtR }) => [name, percent(precisionAt1), percent(averagePrecisionAtR)]);
  return [
    `${summary.source}: ${summary.items} items of ${summary.classes} classes, ${summary.dimension} numbers each, ${summary.distance} distance`,
    ...summary.notes,
    "",
    table(
      ["geometry", ""],
      [
        ["distance inside classes", digits(density.intra)],
        ["distance between class means", digits(density.inter)],
        ["their ratio", digits(density.ratio)],
        ["rho (0: flat spectrum)", digits(summary.rho)],
        ["directions in use", summary.effectiveRank.toFixed(1)],
        ["alignment (0: classes are points)", digits(summary.alignment)],
        ["uniformity (lower: more spread out)", digits(summary.uniformity)],
        [`skewness of ${hubness.k}-occurrences`, digits(hubness.skewness)],
        ["never found", percent(hubness.antiHubs)],
        [`complexity (CSG, 0 to ${summary.classes - 1})`, digits(summary.complexity.value)],
      ],
    ),
    "",
    table(
      ["retrieval", "mean over items", "mean over classes", "worst class"],
      summary.scores.map(({ name, mean, classMean, worstClass }) => [
        name,
        percent(mean),
        percent(classMean),
        percent(worstClass),
      ]),
    ),
    "",
    table(["worst classes", "P@1", "MAP@R"], worst),
    ...(confused.length > 0
      ? [
          "",
          table(
            ["taken for", "", "share"],
            confused.slice(0, SHOWN).map(({ from, to, share }) => [from, to, percent(share)]),
          ),
        ]
      : []),
    ...(retrieval.truncated > 0 ? [`${retrieval.truncated} queries have more right answers than were listed`] : []),
    ...(report !== undefined ? ["", `wrote ${report}`] : []),
  ].join("\n");
}

async function writeReport(path: string, summary: AnalysisSummary): Promise<void> {
  const page = await renderReport({
    title: "Analysis of embeddings",
    description: `${summary.source}: ${summary.items} items of ${summary.classes} classes, ${summary.dimension} numbers each, ${summary.distance} distance.`,
    createdAt: new Date().toISOString().slice(0, 10),
    diagnoses: summary.notes.map((message) => ({ severity: "note" as const, message })),
    analysis: summary,
  });
  await writeFileAtomic(path, page);
}
