import { basename } from "node:path";
import { writeFileAtomic } from "../../data/atomic.js";
import { isVectorFile } from "../../data/index.js";
import { SimileError } from "../../errors/index.js";
import {
  chooseMetrics,
  compareRetrieval,
  evaluateEmbeddings,
  type RetrievalComparison,
  type ScoredSystem,
} from "../../evaluate/index.js";
import { comparedStandings, renderReport } from "../../report/index.js";
import { Random } from "../../rng/index.js";
import {
  type ExcludeFlag,
  type JudgedRows,
  type JudgeOptions,
  openJudged,
  protocolOf,
  wrongArguments,
} from "../judged.js";
import { createOutput, percent, table } from "../output.js";
import { words } from "./evaluate.js";

/** Flags of `simile compare`. */
export interface CompareOptions extends JudgeOptions {
  /** What every model embeds; by default the first run's own part. */
  readonly data?: string;
  readonly metrics: string;
  readonly exclude?: ExcludeFlag;
  readonly seed: string;
  /** HTML file to be written. */
  readonly report?: string;
}

/** Two or more systems on the same queries: differences to the first, with intervals and corrected p-values. */
export async function compareCommand(sources: readonly string[], options: CompareOptions): Promise<number> {
  const output = createOutput(options.json ?? false);
  const { retrieval, clustering, pairs } = chooseMetrics(words(options.metrics));
  const [other] = [...clustering, ...pairs];
  if (other)
    throw wrongArguments("--metrics", "metrics with a value for each query", other, "compare by retrieval metrics");
  if (sources.length < 2)
    throw wrongArguments("compare", "two systems or more", sources.join(", "), "name another run, model or file");
  const names = shortNames(sources);
  const systems: ScoredSystem[] = [];
  let first: JudgedRows | undefined;
  let queryLabels = new Int32Array(0);
  for (const [at, source] of sources.entries()) {
    const opened = await openJudged(source, isVectorFile(source) ? undefined : options.data, options, output);
    const rows = first ? alignedTo(first, opened, source) : opened;
    first ??= rows;
    const protocol = protocolOf(rows, undefined, options.exclude);
    const { result } = await evaluateEmbeddings(protocol.queries, {
      ...protocol,
      metrics: retrieval,
      distance: rows.distance,
      device: options.device,
      onProgress: (done, total) => output.status(`${source}: ${done} of ${total}`),
    });
    queryLabels = protocol.queries.labels as Int32Array<ArrayBuffer>;
    systems.push({ name: names[at]!, result });
  }
  output.status("resampling");
  const comparison = compareRetrieval(systems, queryLabels, { random: new Random(Number(options.seed)) });
  if (options.report !== undefined) await writeReport(options.report, first!, comparison);
  const json = {
    source: first!.source,
    ...comparison,
    ...(options.report !== undefined && { report: options.report }),
  };
  output.result(json, comparisonText(first!.source, comparison, options.report));
  return 0;
}

/** The same items in the order of the first system; an error names what one of them lacks. */
function alignedTo(first: JudgedRows, rows: JudgedRows, source: string): JudgedRows {
  const position = new Map(rows.names.map((name, row) => [name, row]));
  const order = first.names.map((name) => position.get(name));
  const missing = order.indexOf(undefined);
  const changed = order.findIndex((row, at) => row !== undefined && rows.labels[row] !== first.labels[at]);
  if (missing >= 0 || changed >= 0 || rows.names.length !== first.names.length) {
    const what =
      missing >= 0
        ? `no ${first.names[missing]}`
        : changed >= 0
          ? `another class for ${first.names[changed]}`
          : `${rows.names.length} items`;
    throw new SimileError({
      code: "compare",
      where: source,
      expected: `the ${first.names.length} items of ${first.source}`,
      received: what,
      remedy: "compare on the same data: give --data, or files embedded from one data set",
    });
  }
  const { dimension } = rows;
  const data = new Float32Array(rows.data.length);
  order.forEach((row, at) => data.set(rows.data.subarray(row! * dimension, (row! + 1) * dimension), at * dimension));
  return { ...rows, data, names: first.names, labels: first.labels, items: first.items };
}

/** The last part of each path where that tells them apart, and a number where the same was given twice. */
function shortNames(sources: readonly string[]): string[] {
  const short = sources.map((source) => basename(source));
  const names = new Set(short).size === new Set(sources).size ? short : sources;
  return names.map((name, at) => {
    const before = names.slice(0, at).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

function comparisonText(source: string, comparison: RetrievalComparison, report: string | undefined): string {
  const { metrics, queries, classes } = comparison;
  const points = (value: number) => (100 * value).toFixed(1);
  const tables = metrics.map(({ name, systems }) =>
    table(
      [name, "mean", "95 % interval", "difference", "95 % interval", "p", "corrected"],
      systems.map(({ name: system, mean, difference }) => [
        system,
        percent(mean.value),
        `${points(mean.low)} to ${points(mean.high)}`,
        ...(difference
          ? [
              `${difference.value >= 0 ? "+" : ""}${points(difference.value)}`,
              `${points(difference.low)} to ${points(difference.high)}`,
              pText(difference.pValue),
              pText(difference.adjustedPValue),
            ]
          : []),
      ]),
    ),
  );
  return [
    `${source}: ${queries} queries of ${classes} classes, the same for all; differences to ${metrics[0]?.systems[0]?.name ?? "the first"}`,
    "",
    tables.join("\n\n"),
    "",
    "intervals draw whole classes; p by sign flips of classes, corrected for the systems compared (Holm)",
    ...(classes < 10 ? [`only ${classes} classes: intervals are too narrow, and no p can be small`] : []),
    ...(report !== undefined ? [`wrote ${report}`] : []),
  ].join("\n");
}

function pText(p: number): string {
  return p < 0.0005 ? "<0.001" : p.toFixed(3);
}

async function writeReport(path: string, first: JudgedRows, comparison: RetrievalComparison): Promise<void> {
  const page = await renderReport({
    title: "Comparison of embeddings",
    description: `${first.source}: ${comparison.queries} queries of ${comparison.classes} classes, searched by every system.`,
    createdAt: new Date().toISOString().slice(0, 10),
    standings: comparedStandings(comparison),
  });
  await writeFileAtomic(path, page);
}
