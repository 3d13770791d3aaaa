import type { TextStream } from "../../src/cli/output.js";

/** A stream that keeps what is written, and can show what a terminal would. */
export class Screen implements TextStream {
  readonly writes: string[] = [];

  constructor(
    readonly isTTY: boolean,
    readonly columns: number | undefined = undefined,
  ) {}

  write(text: string): void {
    this.writes.push(text);
  }

  /** Lines as a reader sees them at the end: a cleared line is gone. */
  get lines(): string[] {
    const lines = this.writes.join("").split("\n");
    return lines.map((line) => line.split("\r\x1b[2K").at(-1)!);
  }
}
