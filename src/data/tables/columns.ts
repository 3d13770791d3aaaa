import {
  type Described,
  type Description,
  descriptions,
  invalidTable,
  usualNames,
  type VectorColumns,
} from "./vector-table.js";

/** Which of a table's columns, by position, are which. */
export interface ColumnRoles {
  readonly label?: number;
  readonly name?: number;
  readonly split?: number;
  readonly group?: number;
  readonly vector?: number;
  /** The columns that are neither described above nor left out: numbers of the vector. */
  readonly rest: readonly number[];
}

/**
 * Finds the roles of columns by what `given` says, else by their usual names. `sought`: which roles there can be.
 * Errors: `invalid-table`.
 */
export function columnRoles(
  where: string,
  columns: readonly string[],
  given: VectorColumns,
  sought: readonly (Description | "vector")[] = [...descriptions, "vector"],
): ColumnRoles {
  const lower = columns.map((column) => column.trim().toLowerCase());
  // Keys inside objects are known by their last part, if nothing outside has the name.
  const inside = lower.map((column) => column.slice(column.lastIndexOf(".") + 1));
  const placeOf = (name: string) => (lower.includes(name) ? lower.indexOf(name) : inside.indexOf(name));
  const taken = new Set<number>();
  const roles: { -readonly [Key in Description | "vector"]?: number } = {};
  for (const role of sought) {
    const wanted = given[role];
    const usual = usualNames[role].map(placeOf).filter((at) => at >= 0);
    const found = wanted === undefined ? usual[0] : positionOf(where, columns, wanted);
    if (role !== "vector") for (const at of usual) taken.add(at);
    if (found === undefined) continue;
    roles[role] = found;
    taken.add(found);
  }
  for (const ignored of given.ignore ?? []) taken.add(positionOf(where, columns, ignored));
  return { ...roles, rest: [...columns.keys()].filter((at) => !taken.has(at)) };
}

function positionOf(where: string, columns: readonly string[], wanted: string): number {
  const at = columns.indexOf(wanted);
  if (at >= 0) return at;
  const listed = columns.length > 12 ? `${columns.slice(0, 12).join(", ")}, ...` : columns.join(", ");
  throw invalidTable(where, `a column ${wanted}`, listed, "name a column that exists");
}

/** The descriptions of all rows: `read(row, column)` gives a text, whose row is named when it is empty. */
export function describedBy(
  { label, name, split, group }: ColumnRoles,
  rows: number,
  read: (row: number, column: number) => string,
): Described {
  const columnOf = (at: number | undefined) =>
    at !== undefined && Array.from({ length: rows }, (_, row) => read(row, at));
  const found = { label: columnOf(label), name: columnOf(name), split: columnOf(split), group: columnOf(group) };
  return Object.fromEntries(Object.entries(found).filter(([, texts]) => texts !== false)) as Described;
}
