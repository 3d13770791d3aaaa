import { SimileError } from "../errors/index.js";

/** A command's way to the terminal or to a machine. */
export interface Output {
  readonly json: boolean;
  /** For people; nothing when `json`. */
  line(text?: string): void;
  /** The result: JSON when `json`, else `text`. */
  result(value: unknown, text: string): void;
  /** A passing notice, redrawn in place on a terminal and left out elsewhere. */
  status(text: string): void;
}

const REDRAW_MS = 100;

/** Output to the process's own streams: results to stdout, notices to stderr. */
export function createOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY === true && !json;
  let drawn = 0;
  let shown = false;
  const clear = () => {
    if (shown) process.stderr.write("\r\x1b[2K");
    shown = false;
  };
  return {
    json,
    line(text = "") {
      if (json) return;
      clear();
      process.stdout.write(`${text}\n`);
    },
    result(value, text) {
      clear();
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`);
    },
    status(text) {
      if (!terminal || (text !== "" && Date.now() - drawn < REDRAW_MS)) return;
      drawn = Date.now();
      clear();
      process.stderr.write(text.slice(0, (process.stderr.columns ?? 80) - 1));
      shown = text !== "";
    },
  };
}

/** Columns of text, the first to the left and numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A share as a percentage with one decimal. */
export function percent(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? "-" : `${(100 * share).toFixed(1)} %`;
}

/** `1 h 5 min`, `3 min 20 s`, `12 s` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`;
}

/** What an error is for machines: the parts of a `SimileError`, or just the message of a defect. */
export function errorData(error: unknown): Record<string, string> {
  if (error instanceof SimileError) {
    const { code, where, expected, received, remedy, message } = error;
    return { code, where, expected, received, remedy, message };
  }
  return { code: "defect", message: error instanceof Error ? error.message : String(error) };
}

/** Tells of an error on stderr. Users' errors are one line; anything else is a defect and shows where it came from. */
export function reportError(error: unknown, json: boolean): void {
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: errorData(error) })}\n`);
    return;
  }
  if (error instanceof SimileError) {
    process.stderr.write(`simile: ${error.message}\n`);
    if (process.env.SIMILE_DEBUG === "1") process.stderr.write(`${error.stack}\n`);
    return;
  }
  process.stderr.write(
    `simile: this is a defect of Simile; please report it with what follows\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
}
