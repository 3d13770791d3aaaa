let readerLeft = (): void => process.exit(0);

/** What to do, instead of ending at once, when nobody reads stdout any more. */
export function whenReaderLeaves(action: () => void): void {
  readerLeft = action;
}

/** Makes a closed pipe (head, a pager that was left) no failure, and any other trouble with stdout one line. */
export function watchStreams(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return readerLeft();
    process.stderr.write(`simile: stdout: ${error.message}\n`);
    process.exit(1);
  });
  // Nothing is left to tell it to.
  process.stderr.on("error", () => {});
}
