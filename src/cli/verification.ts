import { readFile } from "node:fs/promises";
import type { VerificationPairs } from "../data/index.js";
import { parseDelimited } from "../data/sources/delimited.js";
import { SimileError } from "../errors/index.js";
import {
  areaUnderRoc,
  equalErrorRate,
  foldAccuracy,
  type OperatingPoint,
  operatingPoint,
  pairDistances,
  rocCurve,
} from "../evaluate/index.js";
import { rowAt } from "../linalg/rows.js";
import type { JudgedRows } from "./judged.js";
import { percent, table } from "./output.js";

/** What a verification came to. */
export interface VerificationResult {
  readonly pairs: number;
  readonly same: number;
  /** Pairs of which an item has no embedding. */
  readonly missing: number;
  readonly auc: number;
  readonly eer: number;
  readonly operatingPoints: readonly (OperatingPoint & { readonly wanted: number })[];
  /** Only where the pairs come in folds. */
  readonly accuracy?: { readonly mean: number; readonly standardError: number; readonly folds: number };
}

const COLUMNS = {
  first: ["first", "file_a", "a", "name_a", "left"],
  second: ["second", "file_b", "b", "name_b", "right"],
  same: ["same", "label", "match", "is_same"],
  fold: ["fold"],
} as const;

/** Pairs of a .csv or .tsv file with the columns first, second and same (1 or 0), and fold where there are folds. */
export async function readPairs(path: string): Promise<VerificationPairs> {
  const text = await readFile(path, "utf8");
  const [header, ...rows] = parseDelimited(text, /\.tsv$/i.test(path) ? "\t" : ",", path);
  const column = (name: keyof typeof COLUMNS) =>
    header?.fields.findIndex((field) => COLUMNS[name].some((known) => known === field.trim().toLowerCase())) ?? -1;
  const [first, second, same, fold] = [column("first"), column("second"), column("same"), column("fold")];
  if (first < 0 || second < 0 || same < 0) {
    throw pairsError(
      path,
      "a table with the columns first, second and same",
      header?.fields.join(", ") ?? "nothing",
      "name the columns in its first line",
    );
  }
  const templates = new Map<string, number>();
  const position = (name: string) => {
    if (!templates.has(name)) templates.set(name, templates.size);
    return templates.get(name)!;
  };
  const truth = (text: string, line: number) => {
    if (/^(1|true|same)$/i.test(text)) return 1;
    if (/^(0|false|different)$/i.test(text)) return 0;
    throw pairsError(`${path}, line ${line}`, "1 or 0 in the column same", text, "correct the line");
  };
  const cells = rows.map(({ fields, line }) => ({
    first: position(fields[first] ?? ""),
    second: position(fields[second] ?? ""),
    same: truth(fields[same]?.trim() ?? "", line),
    fold: fold < 0 ? 0 : Number(fields[fold]),
  }));
  return {
    templates: [...templates.keys()].map((name) => ({ name, items: [name] })),
    first: Int32Array.from(cells, (cell) => cell.first),
    second: Int32Array.from(cells, (cell) => cell.second),
    same: Uint8Array.from(cells, (cell) => cell.same),
    fold: Int32Array.from(cells, (cell) => cell.fold),
  };
}

/** Scores pairs: each template is the mean of its items' embeddings. Pairs with an item that is not there are left out and counted. */
export function verify(rows: JudgedRows, pairs: VerificationPairs, rates: readonly number[]): VerificationResult {
  const { data, known } = templateRows(rows, pairs);
  const kept = Int32Array.from(pairs.first.keys()).filter(
    (pair) => known[pairs.first[pair]!] && known[pairs.second[pair]!],
  );
  const pick = (list: Int32Array | Uint8Array) => Array.from(kept, (pair) => list[pair]!);
  if (kept.length === 0) {
    throw pairsError(
      rows.source,
      "pairs of its items",
      `${pairs.first.length} pairs of other names`,
      "name items as `simile embed` lists them",
    );
  }
  const same = pick(pairs.same);
  const distances = pairDistances(
    { data, dimension: rows.dimension },
    pick(pairs.first),
    pick(pairs.second),
    rows.distance,
  );
  const curve = rocCurve(distances, same);
  const folds = new Set(pick(pairs.fold)).size;
  const accuracy = folds > 1 ? foldAccuracy(distances, same, pick(pairs.fold)) : undefined;
  return {
    pairs: kept.length,
    same: curve.same,
    missing: pairs.first.length - kept.length,
    auc: areaUnderRoc(curve),
    eer: equalErrorRate(curve),
    operatingPoints: rates.map((wanted) => ({ wanted, ...operatingPoint(curve, wanted) })),
    ...(accuracy && { accuracy: { mean: accuracy.mean, standardError: accuracy.standardError, folds } }),
  };
}

function templateRows(rows: JudgedRows, { templates }: VerificationPairs): { data: Float32Array; known: Uint8Array } {
  const position = positionsByName(rows.names);
  const { dimension } = rows;
  const data = new Float32Array(templates.length * dimension);
  const known = new Uint8Array(templates.length);
  templates.forEach(({ items }, at) => {
    const found = items.map((name) => position.get(name)).filter((row) => row !== undefined);
    known[at] = Number(found.length > 0);
    for (const row of found) {
      const values = rowAt(rows, row);
      for (let d = 0; d < dimension; d++) data[at * dimension + d]! += values[d]! / found.length;
    }
  });
  return { data, known };
}

/** Where each name is, by all of it or by its last parts: lists of pairs leave out folders and archives. None where two share an end. */
function positionsByName(names: readonly string[]): Map<string, number> {
  const positions = new Map<string, number>();
  const shared = new Set<string>();
  names.forEach((name, row) => {
    for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
      const end = name.slice(slash + 1);
      if (positions.has(end)) shared.add(end);
      positions.set(end, row);
    }
  });
  for (const end of shared) positions.delete(end);
  names.forEach((name, row) => {
    positions.set(name, row);
  });
  return positions;
}

/** A verification in lines. */
export function verificationText(result: VerificationResult): string {
  const { pairs, same, missing, auc, eer, operatingPoints, accuracy } = result;
  const points = operatingPoints.map(({ wanted, trueMatch, threshold }) => [
    `TAR at FAR ${wanted}`,
    percent(trueMatch),
    threshold.toFixed(4),
  ]);
  return [
    `${pairs} pairs, ${same} of them of the same subject${missing > 0 ? `; ${missing} more name items that are not there` : ""}`,
    table(
      ["", "", "threshold"],
      [
        ["area under ROC", percent(auc), ""],
        ["equal error rate", percent(eer), ""],
        ...points,
        ...(accuracy
          ? [
              [
                `accuracy, ${accuracy.folds} folds`,
                `${percent(accuracy.mean)} +- ${percent(accuracy.standardError)}`,
                "",
              ],
            ]
          : []),
      ],
    ),
  ].join("\n");
}

function pairsError(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "pairs", where, expected, received, remedy });
}
