import { createHash } from "node:crypto";
import type { InferenceSession } from "onnxruntime-node";
import { createSession, type SessionOptions } from "./device.js";

const open = new Map<string, { session: Promise<InferenceSession>; users: number }>();

/** One user's hold on a session that others may share. */
export interface SessionLease {
  readonly session: InferenceSession;
  /** Gives the hold back; the last one releases the session. */
  release(): Promise<void>;
}

/** The session of an ONNX file, created once for equal bytes and settings while anyone holds it. */
export async function leaseSession(bytes: Uint8Array, options: SessionOptions): Promise<SessionLease> {
  if (options.trace !== undefined) return ownSession(bytes, options);
  const key = `${createHash("sha256").update(bytes).digest("hex")}|${options.device ?? "cpu"}|${options.threads ?? "all"}`;
  const entry = open.get(key) ?? { session: createSession(bytes, options), users: 0 };
  open.set(key, entry);
  entry.users++;
  let released = false;
  const release = async () => {
    if (released) return;
    released = true;
    if (--entry.users > 0) return;
    open.delete(key);
    await (await entry.session).release();
  };
  try {
    return { session: await entry.session, release };
  } catch (error) {
    open.delete(key);
    throw error;
  }
}

/** A session that nobody shares: what it records is of one user. */
async function ownSession(bytes: Uint8Array, options: SessionOptions): Promise<SessionLease> {
  const session = await createSession(bytes, options);
  return { session, release: () => session.release() };
}

/** How many sessions are open now. */
export function openSessions(): number {
  return open.size;
}
