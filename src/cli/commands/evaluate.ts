import {
  type ChosenMetrics,
  chooseMetrics,
  classTripletAccuracy,
  evaluateClustering,
  evaluateEmbeddings,
  type InputReport,
  silhouettes,
} from "../../evaluate/index.js";
import {
  type ExcludeFlag,
  type JudgeOptions,
  openGallery,
  openJudged,
  protocolOf,
  type RetrievalProtocol,
  wrongArguments,
} from "../judged.js";
import { createOutput, type Output, percent, table } from "../output.js";
import { readPairs, verificationText, verify } from "../verification.js";

/** Flags of `simile evaluate`. */
export interface EvaluateOptions extends JudgeOptions {
  /** Names with commas. */
  readonly metrics: string;
  readonly gallery?: string;
  readonly exclude?: ExcludeFlag;
  /** A file, or true for the pairs that the data come with. */
  readonly pairs?: string | true;
  /** Rates with commas. */
  readonly far: string;
  readonly seed: string;
}

interface Score {
  readonly name: string;
  readonly mean: number;
  readonly classMean: number | null;
}

/** Scores a model, or a file of embeddings: by retrieval, by clusters, by pairs, as asked. */
export async function evaluateCommand(
  run: string,
  data: string | undefined,
  options: EvaluateOptions,
): Promise<number> {
  const output = createOutput(options.json ?? false);
  const chosen = chooseMetrics(words(options.metrics));
  const rates = words(options.far).map((text) => rate(text, "--far"));
  const file = typeof options.pairs === "string" ? await readPairs(options.pairs) : undefined;
  const rows = await openJudged(run, data, options, output);
  const pairs = file ?? (options.pairs ? rows.pairs : undefined);
  if (options.pairs && !pairs)
    throw wrongArguments(
      "--pairs",
      "data with a verification protocol, or a file of pairs",
      "neither",
      "give a .csv with the columns first, second, same",
    );
  const gallery = options.gallery === undefined ? undefined : await openGallery(run, options.gallery, options, output);
  const protocol = protocolOf(rows, gallery, options.exclude);
  const { result, input } = await evaluateEmbeddings(protocol.queries, {
    ...protocol,
    metrics: chosen.retrieval,
    distance: rows.distance,
    device: options.device,
    onProgress: (done, total) => output.status(`searching: ${done} of ${total}`),
  });
  const retrieval = Object.entries(result.metrics).map(([name, { mean, classMean }]) => ({ name, mean, classMean }));
  const scores: Score[] = [...retrieval, ...(await furtherScores(chosen, protocol, rows.distance, options, output))];
  const verification = pairs && verify(rows, pairs, rates);
  const { lone, tied } = result;
  const items = rows.names.length;
  const classes = new Set(protocol.queries.labels).size;
  const text = [
    headline({ source: rows.source, items, classes, distance: rows.distance }, protocol),
    ...oddities(lone, tied, input),
    table(
      ["", "mean over items", "mean over classes"],
      scores.map(({ name, mean, classMean }) => [name, percent(mean), classMean === null ? "" : percent(classMean)]),
    ),
    ...(verification ? ["", verificationText(verification)] : []),
  ];
  const searched = protocol.gallery && {
    queries: protocol.queries.labels.length,
    gallery: protocol.gallery.labels.length,
  };
  const excluded = protocol.excludeGroup ?? null;
  output.result(
    {
      source: rows.source,
      items,
      classes,
      lone,
      tied,
      distance: rows.distance,
      ...searched,
      excluded,
      input,
      scores,
      ...(verification && { verification }),
      skipped: rows.skipped,
    },
    text.join("\n"),
  );
  return 0;
}

/** Scores that need clusters, or all pairs or triplets. */
async function furtherScores(
  { clustering, pairs }: ChosenMetrics,
  { queries }: RetrievalProtocol,
  distance: "cosine" | "euclidean",
  { device, seed }: EvaluateOptions,
  output: Output,
): Promise<Score[]> {
  const scores: Score[] = [];
  const { labels } = queries;
  if (clustering.length > 0) {
    const { scores: found } = await evaluateClustering(queries, labels, {
      normalize: distance === "cosine",
      seed: Number(seed),
      device,
      onProgress: (round) => output.status(`k-means: round ${round}`),
    });
    scores.push(...clustering.map((name) => ({ name, mean: found[name], classMean: null })));
  }
  for (const name of pairs) {
    output.status(name);
    const value =
      name === "silhouette"
        ? silhouettes(queries, labels, distance).reduce((sum, each) => sum + each, 0) / labels.length
        : await classTripletAccuracy(queries, labels, { distance, device });
    scores.push({ name, mean: value, classMean: null });
  }
  return scores;
}

function headline(
  { source, items, classes, distance }: { source: string; items: number; classes: number; distance: string },
  { queries, gallery, excludeGroup }: RetrievalProtocol,
): string {
  const among = gallery ? `; ${queries.labels.length} queries search a gallery of ${gallery.labels.length}` : "";
  const rule =
    excludeGroup === undefined
      ? ""
      : excludeGroup === "same-class"
        ? "; own class by own camera excluded"
        : "; own sequence excluded";
  return `${source}: ${items} items of ${classes} classes, ${distance} distance${among}${rule}`;
}

/** One line for each thing that a reader of the scores should know. */
export function oddities(lone: number, tied: number, input: InputReport): string[] {
  const bad = Math.max(input.nonFinite.queries, input.nonFinite.gallery);
  const zero = Math.max(input.zero.queries, input.zero.gallery);
  return [
    ...(lone > 0 ? [`${lone} items are alone in their class and do not count`] : []),
    ...(bad > 0 ? [`${bad} embeddings are not finite and count as misses`] : []),
    ...(zero > 0 ? [`${zero} embeddings are zero`] : []),
    ...(input.duplicates > 0
      ? [
          `${input.duplicates} queries have an exact copy${input.conflicting > 0 ? `, ${input.conflicting} of them one of another class` : ""}`,
        ]
      : []),
    ...(tied > 0 ? [`${tied} queries have a right and a wrong neighbour at the same distance: by index`] : []),
  ];
}

/** What stands between commas. */
export function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** A share strictly between 0 and 1. */
export function rate(text: string, flag: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw wrongArguments(flag, "a share between 0 and 1", text, "write it like 0.001 or 1e-3");
}
