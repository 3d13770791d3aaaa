import type { InferenceSession, OnnxValue, Tensor as RuntimeTensor } from "onnxruntime-node";
import { writeModel } from "../onnx/index.js";
import { createSession } from "./device.js";

// ONNX Runtime's Node binding writes results into the tensors that it is given for them, and then copies each of those
// into new memory all the same. For the parameters and the optimiser's state of a training program that takes longer than
// the update itself (Adam over a million parameters: 4 ms with the copies, 1.2 ms without). The binding converts output
// after output, and refuses one that is no tensor before it has copied any. So our programs begin their outputs with an
// empty sequence, and end with its refusal, when all results are in their places.

/** Name of the output that spares the copies. */
export const UNREAD = "unread";

let refusal: Promise<string | undefined> | undefined;

/** What the binding says of a sequence; undefined where it takes it, as later versions may. */
export function sequenceRefusal(): Promise<string | undefined> {
  refusal ??= hearRefusal();
  return refusal;
}

async function hearRefusal(): Promise<string | undefined> {
  const session = await createSession(writeModel({ outputs: {}, emptySequence: UNREAD }).bytes, { threads: 1 });
  try {
    await session.run({}, { [UNREAD]: null });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await session.release();
  }
}

/** Runs a session that has the output {@link UNREAD}; its results are in the tensors of `places` then. */
export async function runInto(
  session: InferenceSession,
  feeds: Readonly<Record<string, OnnxValue>>,
  places: Readonly<Record<string, RuntimeTensor>>,
): Promise<void> {
  const refused = await sequenceRefusal();
  try {
    await session.run(feeds, refused === undefined ? places : { ...places, [UNREAD]: null });
  } catch (error) {
    if (refused === undefined || (error as Error).message !== refused) throw error;
  }
}
