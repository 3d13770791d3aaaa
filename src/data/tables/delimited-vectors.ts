import { type DelimitedRow, parseDelimited } from "../sources/delimited.js";
import { type ColumnRoles, columnRoles, describedBy } from "./columns.js";
import { textVector } from "./json-lines.js";
import {
  type Described,
  descriptions,
  invalidTable,
  usualNames,
  type VectorColumns,
  type VectorTable,
  vectorTable,
  withOthers,
} from "./vector-table.js";

/** How a delimited table is to be understood. */
export interface DelimitedOptions {
  readonly columns?: VectorColumns;
  /** Whether the first row names the columns; default: if no field of it is a number, or one is a usual name. */
  readonly header?: boolean;
}

interface Delimited {
  readonly where: string;
  readonly rows: readonly DelimitedRow[];
  readonly columns: readonly string[];
  readonly roles: ColumnRoles;
}

/** Vectors of CSV or TSV text: descriptions by the names of their columns, all other columns are numbers. */
export function delimitedVectors(text: string, where: string, options: DelimitedOptions): VectorTable {
  const table = parse(text, where, options);
  const { rows, columns, roles } = table;
  const list = roles.vector ?? roles.rest.find((at) => /^\s*\[/.test(rows[0]?.fields[at] ?? ""));
  if (list !== undefined) return listVectors(table, list);
  const rest = roles.rest.filter((at) => !isText(rows, at));
  const others = roles.rest.filter((at) => !rest.includes(at)).map((at) => columns[at]!);
  if (rest.length === 0) throw invalidTable(where, "columns of numbers, or one of lists", columns.join(", "));
  const vectors = new Float32Array(rows.length * rest.length);
  for (const [n, row] of rows.entries()) {
    for (const [d, at] of rest.entries()) vectors[n * rest.length + d] = numberAt(where, row, at, columns[at]!);
  }
  return withOthers(vectorTable(where, vectors, rest.length, describe(table)), others);
}

/** Rows by which a column is judged. */
const SAMPLE = 20;

/** A column of words and no number, which is none of the vector's; a missing or infinite number is no word. */
function isText(rows: readonly DelimitedRow[], at: number): boolean {
  const sample = rows.slice(0, SAMPLE).map(({ fields }) => fields[at]!.trim());
  const isWord = (field: string) => field !== "" && !/^([+-]?inf(inity)?|nan|null|none|na|n\/a)$/i.test(field);
  return sample.some(isWord) && sample.every((field) => numberOf(field) === undefined);
}

/** Vectors of a column that holds them as text: [0.1, 0.2]. */
function listVectors(table: Delimited, at: number): VectorTable {
  const { where, rows, columns, roles } = table;
  const lists = rows.map(({ line, fields }) => {
    const found = textVector(fields[at]!);
    if (found) return found;
    throw invalidTable(
      `${where}, line ${line}, column ${columns[at]}`,
      "a list of numbers",
      `"${fields[at]!.slice(0, 40)}"`,
    );
  });
  const dimension = lists[0]?.length ?? 0;
  const odd = lists.findIndex((found) => found.length !== dimension);
  if (odd >= 0) {
    const place = `${where}, line ${rows[odd]!.line}, column ${columns[at]}`;
    throw invalidTable(place, `${dimension} numbers as before`, String(lists[odd]!.length));
  }
  const vectors = new Float32Array(rows.length * dimension);
  for (const [n, found] of lists.entries()) vectors.set(found, n * dimension);
  const others = roles.rest.filter((other) => other !== at).map((other) => columns[other]!);
  return withOthers(vectorTable(where, vectors, dimension, describe(table)), others);
}

/** The descriptions in CSV or TSV text that belongs to vectors elsewhere; a single column holds labels. */
export function delimitedDescriptions(text: string, where: string, options: DelimitedOptions): Described {
  const table = parse(text, where, options, (first) => first.length > 1 && namesColumns(first));
  const found = describe(table);
  if (Object.keys(found).length > 0) return found;
  if (table.columns.length === 1) return describe({ ...table, roles: { label: 0, rest: [] } });
  throw invalidTable(
    where,
    "a column called label",
    table.columns.join(", "),
    "name the column of labels in columns.label",
  );
}

function parse(
  text: string,
  where: string,
  { columns: given = {}, header }: DelimitedOptions,
  isHeader = namesColumns,
): Delimited {
  const all = parseDelimited(text, separatorOf(text, where), where);
  const first = all[0]?.fields ?? [];
  const named = header ?? (hasName(first, given) || isHeader(first));
  const columns = named ? first.map((name) => name.trim()) : first.map((_, at) => String(at));
  const rows = named ? all.slice(1) : all;
  for (const { line, fields } of rows) {
    if (fields.length === columns.length) continue;
    throw invalidTable(`${where}, line ${line}`, `${columns.length} fields as in the first row`, String(fields.length));
  }
  const sought = given.vector === undefined ? descriptions : undefined;
  const roles = columnRoles(where, columns, given, sought);
  return { where, rows, columns, roles: named ? roles : withTextAsLabel(roles, rows[0]) };
}

function separatorOf(text: string, where: string): "," | "\t" {
  if (/\.tsv$/i.test(where)) return "\t";
  if (/\.csv$/i.test(where)) return ",";
  const end = text.search(/[\r\n]/);
  return text.slice(0, end < 0 ? undefined : end).includes("\t") ? "\t" : ",";
}

function namesColumns(fields: readonly string[]): boolean {
  return fields.every((field) => numberOf(field) === undefined);
}

/** Whether a field is one of the names that columns usually have or are said to have; numbers may be positions. */
function hasName(fields: readonly string[], given: VectorColumns): boolean {
  const named = Object.values(given)
    .flat()
    .filter((name) => numberOf(name) === undefined);
  const names = new Set<string>([...Object.values(usualNames).flat(), ...named.map((name) => name.toLowerCase())]);
  names.delete("");
  return fields.some((field) => names.has(field.trim().toLowerCase()));
}

/** Without a header, one column of text among numbers is the class. */
function withTextAsLabel(roles: ColumnRoles, first: DelimitedRow | undefined): ColumnRoles {
  const texts = roles.rest.filter((at) => numberOf(first?.fields[at] ?? "0") === undefined);
  if (roles.label !== undefined || texts.length !== 1) return roles;
  return { ...roles, label: texts[0]!, rest: roles.rest.filter((at) => at !== texts[0]) };
}

function describe({ where, rows, columns, roles }: Delimited): Described {
  return describedBy(roles, rows.length, (row, at) => {
    const { line, fields } = rows[row]!;
    const text = fields[at]!.trim();
    if (text === "" && at === roles.label)
      throw invalidTable(`${where}, line ${line}, column ${columns[at]}`, "a label", "nothing");
    return text;
  });
}

function numberAt(where: string, { line, fields }: DelimitedRow, at: number, column: string): number {
  const value = numberOf(fields[at]!);
  if (value !== undefined) return value;
  const received = fields[at] === "" ? "nothing" : `"${fields[at]!.slice(0, 40)}"`;
  const remedy = "correct it, or say in columns what that column is (label, name, split, group, ignore)";
  throw invalidTable(`${where}, line ${line}, column ${column}`, "a finite number", received, remedy);
}

function numberOf(field: string): number | undefined {
  const value = Number(field);
  return Number.isFinite(value) && field.trim() !== "" ? value : undefined;
}
