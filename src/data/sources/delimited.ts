import { SimileError } from "../../errors/index.js";

/** A record of a delimited text file. */
export interface DelimitedRow {
  /** Number of the line it starts on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Splits text into rows and fields as RFC 4180 has it: fields may be quoted, a quoted field may hold separators, line
 * breaks and doubled quotes. Takes any line ending and a byte order mark; leaves out empty lines. `where` names the
 * file in the error (`invalid-table`) for a quote that does not end.
 */
export function parseDelimited(text: string, separator: "," | "\t", where: string): DelimitedRow[] {
  const field = separator === "," ? /"([^"]*(?:""[^"]*)*)"|([^,\r\n]*)/y : /"([^"]*(?:""[^"]*)*)"|([^\t\r\n]*)/y;
  const rows: DelimitedRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let start = 1;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    field.lastIndex = at;
    const [all, quoted, plain = ""] = field.exec(text) as RegExpExecArray;
    if (quoted === undefined && plain.startsWith('"')) throw unfinishedQuote(where, line);
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += quoted?.match(/\r\n|\r|\n/g)?.length ?? 0;
    at += all.length;
    if (text[at] === separator) {
      at++;
      if (at < text.length) continue;
      fields.push("");
    } else if (at < text.length && text[at] !== "\r" && text[at] !== "\n") throw unfinishedQuote(where, line);
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: start, fields });
    at += text.startsWith("\r\n", at) ? 2 : 1;
    start = ++line;
    fields = [];
  }
  return rows;
}

function unfinishedQuote(where: string, line: number): SimileError {
  return new SimileError({
    code: "invalid-table",
    where: `${where}, line ${line}`,
    expected: "a quoted field that ends at its quote",
    received: "an open quote, or characters after the closing one",
    remedy: 'close the quote, and write quotes inside a field twice ("")',
  });
}
