import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomic } from "../data/atomic.js";
import { SimileError } from "../errors/index.js";
import type { NumericArray } from "../graph/index.js";
import type { Variables } from "../run/index.js";

/**
 * A checkpoint is a safetensors file: eight bytes of length, a JSON header, then the numbers. Parameters and optimiser
 * state are tensors under their dotted paths; everything else that a resumed run needs is JSON in the header.
 */
const dtypes = { float32: "F32", float64: "F64", int64: "I64", bool: "BOOL", uint8: "U8" } as const;
const storages: Record<(typeof dtypes)[keyof typeof dtypes], (buffer: ArrayBuffer) => NumericArray> = {
  F32: (buffer) => new Float32Array(buffer),
  F64: (buffer) => new Float64Array(buffer),
  I64: (buffer) => new BigInt64Array(buffer),
  BOOL: (buffer) => new Uint8Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
};

const tensorHeader = z.object({
  dtype: z.enum(["F32", "F64", "I64", "BOOL", "U8"]),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const fileHeader = z
  .object({ __metadata__: z.object({ format: z.literal("simile/1"), state: z.string() }) })
  .catchall(tensorHeader);

/** Bytes of all variables and of `state`, which JSON must be able to hold. */
export function encodeCheckpoint(variables: Variables, state: unknown): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "simile/1", state: JSON.stringify(state) } };
  const arrays: NumericArray[] = [];
  let offset = 0;
  for (const [name, parameter] of variables.entries()) {
    const values = variables.value(parameter);
    header[name] = {
      dtype: dtypes[parameter.dtype],
      shape: parameter.shape,
      data_offsets: [offset, offset + values.byteLength],
    };
    arrays.push(values);
    offset += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + offset).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  let position = start;
  for (const values of arrays) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return bytes;
}

/** A checkpoint's tensors by name, and its state. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, NumericArray>;
  readonly state: unknown;
}

function damaged(where: string, received: string): SimileError {
  return new SimileError({
    code: "damaged-checkpoint",
    where,
    expected: "a checkpoint written by Simile",
    received,
    remedy: "use another checkpoint of the run, or train again",
  });
}

/** Reads what {@link encodeCheckpoint} wrote. `where` names the file in errors. */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  if (bytes.length < 8) throw damaged(where, `${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) throw damaged(where, "a header longer than the file");
  const start = 8 + length;
  try {
    const text = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
    const { __metadata__: notes, ...entries } = fileHeader.parse(text);
    const tensors = Object.entries(entries as Record<string, z.infer<typeof tensorHeader>>).map(([name, entry]) => {
      const [from, to] = entry.data_offsets;
      if (to < from || start + to > bytes.length) throw new Error(`${name} lies outside the file`);
      return [name, storages[entry.dtype](new Uint8Array(bytes.subarray(start + from, start + to)).buffer)] as const;
    });
    return { tensors: new Map(tensors), state: JSON.parse(notes.state) };
  } catch (error) {
    throw damaged(where, error instanceof Error ? error.message.split("\n")[0]! : String(error));
  }
}

/** Puts a checkpoint's tensors into `variables`; every variable must be there. */
export function restoreVariables({ tensors }: Checkpoint, variables: Variables, where: string): void {
  for (const [name, parameter] of variables.entries()) {
    const values = tensors.get(name);
    if (values === undefined)
      throw damaged(where, `none of the values of ${name}; it belongs to another configuration`);
    variables.assign(parameter, values);
  }
}

/** Writes a checkpoint; a crash leaves the old file or the new one, never half of either. */
export async function saveCheckpoint(path: string, variables: Variables, state: unknown): Promise<void> {
  await writeFileAtomic(path, encodeCheckpoint(variables, state));
}

/** Reads a checkpoint from a file. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  return decodeCheckpoint(await readFile(path), path);
}
