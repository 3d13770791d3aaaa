import { type ErrorDetails, SimileError } from "../errors/index.js";

/** An error as data, for another thread or a machine. */
export interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  /** The parts of an error that the user can mend; absent for a defect. */
  readonly details?: ErrorDetails;
}

/** What the system refuses, and what to do about it. Any other code is a defect until shown otherwise. */
const REMEDIES: Readonly<Record<string, readonly [expected: string, remedy: string]>> = {
  ENOENT: ["something that exists", "check the path"],
  ENOTDIR: ["a folder", "check the path; part of it is a file"],
  EISDIR: ["a file", "check the path; it is a folder"],
  EEXIST: ["a path that is free", "choose another path"],
  EACCES: ["permission", "check who owns the path and what its permissions are"],
  EPERM: ["permission", "check who owns the path and what its permissions are"],
  EROFS: ["a place that can be written", "choose another path"],
  ENOSPC: ["room on the disk", "free some, or choose a path on another disk"],
  EDQUOT: ["room within the disk quota", "free some, or choose a path on another disk"],
  ENAMETOOLONG: ["a shorter path", "choose another path"],
  EMFILE: ["fewer open files", "raise the limit (ulimit -n)"],
};

function detailsOf(error: unknown): ErrorDetails | undefined {
  if (error instanceof SimileError) {
    const { code, where, expected, received, remedy } = error;
    return { code, where, expected, received, remedy };
  }
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || syscall === undefined || REMEDIES[code ?? ""] === undefined) return undefined;
  const [expected, remedy] = REMEDIES[code!]!;
  return { code: "system", where: path ?? syscall, expected, received: code!, remedy };
}

/** What was thrown, as data. Errors of the file system count as the user's. */
export function failureOf(error: unknown): Failure {
  const details = detailsOf(error);
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  return { message: details ? new SimileError(details).message : message, stack, ...(details && { details }) };
}

/**
 * How a failure is told on stderr: one line for what the user can mend, with the stack for anything else; one JSON object
 * for machines. SIMILE_DEBUG=1 adds the stack to both.
 */
export function failureText({ message, stack, details }: Failure, json: boolean): string {
  const shown = details === undefined || process.env.SIMILE_DEBUG === "1" ? stack : undefined;
  if (json) {
    return JSON.stringify({ error: { ...(details ?? { code: "defect" }), message, ...(shown && { stack: shown }) } });
  }
  if (details !== undefined) return `simile: ${message}${shown === undefined ? "" : `\n${shown}`}`;
  return `simile: this is a defect of Simile; please report it with what follows\n${shown ?? message}`;
}
