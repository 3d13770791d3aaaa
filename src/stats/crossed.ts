import { studentTwoSided } from "./distributions.js";
import { CONFIDENCE, type Estimate, studentInterval } from "./interval.js";
import { checkConfidence, checkSample, inputError, type Numbers, sum } from "./sample.js";

/** A mean over two crossed sources of chance, such as training seeds (rows) and test classes (columns). */
export interface CrossedEstimate extends Estimate {
  /** Standard error of the mean: for other rows and other columns of the same kind. */
  readonly error: number;
  /** Degrees of freedom of that error (Satterthwaite, 1946). */
  readonly degrees: number;
  /** Two-sided p of a mean of zero, by the same t; 1 where the error is unknown. */
  readonly pValue: number;
  /** What rows, columns, and the rest add to the squared error; they sum to `error` squared. */
  readonly parts: { readonly rows: number; readonly columns: number; readonly rest: number };
}

/** Options of {@link crossedMean}. */
export interface CrossedOptions {
  /** [C] how much each column counts, such as its queries; evenly by default. */
  readonly weights?: Numbers;
  readonly confidence?: number;
}

/**
 * Mean of `values[row][column]` where every row was measured on every column, and both are samples: the same few seeds on
 * the same many classes. Values of a row share its luck, values of a column its difficulty, so neither may be counted as
 * independent. Two-way analysis of variance with random effects and one value a cell (Searle, Casella, McCulloch,
 * Variance Components, 1992, section 4.5), the interval by Student's t:
 *
 *   var = (MS_rows + MS_columns - MS_rest) / (R C),  no variance component below zero
 *
 * For R = 1 it is the interval over columns alone, and for C = 1 over rows alone. Weighted means are linearised.
 */
export function crossedMean(values: readonly Numbers[], options: CrossedOptions = {}): CrossedEstimate {
  const { confidence = CONFIDENCE } = options;
  checkConfidence("crossedMean", confidence);
  const [rows, columns] = [values.length, values[0]?.length ?? 0];
  const weights = checkTable(values, columns, options.weights);
  const total = rows * sum(weights);
  const value = values.reduce((all, row) => all + weights.reduce((part, w, c) => part + w * row[c]!, 0), 0) / total;
  const influence = values.map((row) => weights.map((w, c) => (columns * rows * w * (row[c]! - value)) / total));
  const squares = meanSquares(influence);
  const { error, degrees, parts } = combine(squares, rows, columns);
  const pValue = degrees > 0 && value !== 0 ? studentTwoSided(value / error, degrees) : 1;
  return { ...studentInterval(value, error, degrees, confidence), error, degrees, pValue, parts };
}

function checkTable(values: readonly Numbers[], columns: number, weights: Numbers | undefined): Float64Array {
  if (columns === 0) throw inputError("crossedMean", "rows of values", "none", "measure something");
  for (const row of [...values, weights ?? values[0]!]) {
    checkSample("crossedMean", row);
    if (row.length === columns) continue;
    throw inputError(
      "crossedMean",
      `${columns} columns in each row`,
      `${row.length}`,
      "measure all rows on all columns",
    );
  }
  return weights ? Float64Array.from(weights) : new Float64Array(columns).fill(1);
}

interface MeanSquares {
  readonly rows: number;
  readonly columns: number;
  readonly rest: number;
}

/** Mean squares of a table whose mean is zero; 0 without degrees of freedom. */
function meanSquares(table: readonly Float64Array[]): MeanSquares {
  const [rows, columns] = [table.length, table[0]!.length];
  const ofRow = table.map((row) => sum(row) / columns);
  const ofColumn = Float64Array.from({ length: columns }, (_, c) =>
    table.reduce((all, row) => all + row[c]! / rows, 0),
  );
  const squared = (list: Iterable<number>) => [...list].reduce((all, value) => all + value * value, 0);
  const rest = table.reduce((all, row, r) => all + squared(row.map((value, c) => value - ofRow[r]! - ofColumn[c]!)), 0);
  return {
    rows: (columns * squared(ofRow)) / Math.max(rows - 1, 1),
    columns: (rows * squared(ofColumn)) / Math.max(columns - 1, 1),
    rest: rest / Math.max((rows - 1) * (columns - 1), 1),
  };
}

/** Mean squares nearer than that are equal. */
const ROUNDING = 1e-9;

function combine(
  squares: MeanSquares,
  rows: number,
  columns: number,
): Pick<CrossedEstimate, "error" | "degrees" | "parts"> {
  const cells = rows * columns;
  const freedom = { rows: rows - 1, columns: columns - 1, rest: (rows - 1) * (columns - 1) };
  const beyondRest = (square: number) => (square - squares.rest > ROUNDING * square ? square - squares.rest : 0);
  const parts = {
    rows: beyondRest(squares.rows) / cells,
    columns: beyondRest(squares.columns) / cells,
    rest: squares.rest / cells,
  };
  const variance = parts.rows + parts.columns + parts.rest;
  // A source whose component is zero adds nothing of its own; its mean square is then left out of the sum.
  const rest = 1 - Number(parts.rows > 0) - Number(parts.columns > 0);
  const used = [
    [parts.rows > 0 ? squares.rows : 0, freedom.rows],
    [parts.columns > 0 ? squares.columns : 0, freedom.columns],
    [rest * squares.rest, freedom.rest],
  ] as const;
  const spread = used.reduce((all, [square, degrees]) => all + (degrees > 0 ? square ** 2 / degrees : 0), 0);
  const largest = Math.max(...Object.values(freedom));
  return { error: Math.sqrt(variance), degrees: spread > 0 ? (variance * cells) ** 2 / spread : largest, parts };
}
