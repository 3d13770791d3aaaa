/** The part of a stream that {@link createOutput} needs. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** A command's way to the terminal or to a machine. */
export interface Output {
  readonly json: boolean;
  /** Whether `status` is seen. */
  readonly terminal: boolean;
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** For people; nothing when `json`. */
  line(text?: string): void;
  /** The result: JSON when `json`, else `text`. */
  result(value: unknown, text: string): void;
  /** A passing notice, redrawn in place on a terminal and left out elsewhere. The text is made only when it is drawn. */
  status(text: string | (() => string)): void;
}

/** Where a command writes, and its clock. */
export interface OutputOptions {
  readonly stdout?: TextStream;
  readonly stderr?: TextStream;
  /** Milliseconds. */
  readonly now?: () => number;
}

const REDRAW_MS = 100;
const CLEAR = "\r\x1b[2K";

/** Takes away a status line, when there is one, for what has no {@link Output} at hand. */
export function clearStatus(stderr: TextStream = process.stderr): void {
  if (stderr.isTTY) stderr.write(CLEAR);
}

/** Output to the process's own streams: results to stdout, notices to stderr. */
export function createOutput(json: boolean, options: OutputOptions = {}): Output {
  const { stdout = process.stdout, stderr = process.stderr, now = Date.now } = options;
  const terminal = stderr.isTTY === true && !json;
  // A terminal that does not know its width says 0.
  const columns = () => stderr.columns || 80;
  let drawn = Number.NEGATIVE_INFINITY;
  let shown = false;
  const print = (text: string) => {
    if (shown) stderr.write(CLEAR);
    shown = false;
    stdout.write(`${text}\n`);
  };
  return {
    json,
    terminal,
    get columns() {
      return columns();
    },
    line(text = "") {
      if (!json) print(text);
    },
    result(value, text) {
      print(json ? JSON.stringify(value) : text);
    },
    status(text) {
      if (!terminal || now() - drawn < REDRAW_MS) return;
      drawn = now();
      shown = true;
      const words = typeof text === "string" ? text : text();
      stderr.write(`${CLEAR}${words.slice(0, columns() - 1)}`);
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

/** What was left out, the first few by name. */
export function leftOut(skipped: readonly { readonly name: string; readonly reason: string }[]): string[] {
  const shown = skipped.slice(0, 5).map(({ name, reason }) => `left out ${name}: ${reason}`);
  const more = skipped.length - shown.length;
  return more > 0 ? [...shown, `left out ${more} more; --json names them all`] : shown;
}
