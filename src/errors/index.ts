/** What every error of Simile carries, as data, besides the sentence made from it. */
export interface ErrorDetails {
  /** Stable identifier a program can switch on, such as `shape-mismatch` or `unreadable-image`. */
  readonly code: string;
  /** The operation, option path, file or line the error is about. */
  readonly where: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What came instead. */
  readonly received: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/**
 * The one error class users meet. It reads `where: expected E, received R; remedy`, and has each part as a field.
 * Anything else that is thrown is a defect of Simile.
 */
export class SimileError extends Error implements ErrorDetails {
  readonly code: string;
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  readonly remedy: string;

  constructor(details: ErrorDetails, options?: { cause?: unknown }) {
    super(`${details.where}: expected ${details.expected}, received ${details.received}; ${details.remedy}`, options);
    this.name = "SimileError";
    this.code = details.code;
    this.where = details.where;
    this.expected = details.expected;
    this.received = details.received;
    this.remedy = details.remedy;
  }
}
