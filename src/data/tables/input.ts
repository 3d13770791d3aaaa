import { SimileError } from "../../errors/index.js";
import { memoryAccess, openRandomAccess, type RandomAccess } from "../sources/random-access.js";
import { invalidTable } from "./vector-table.js";

/** A file by its path, or its bytes. */
export type FileInput = string | Uint8Array;

/** Opens a file for reading at any place. Errors: `cannot-read`. */
export async function openInput(input: FileInput): Promise<RandomAccess> {
  if (typeof input !== "string") return memoryAccess("bytes", input);
  return openRandomAccess(input).catch((cause: unknown) => {
    throw new SimileError(
      {
        code: "cannot-read",
        where: input,
        expected: "a file that can be read",
        received: cause instanceof Error && "code" in cause ? String(cause.code) : String(cause),
        remedy: "check the path and the permissions",
      },
      { cause },
    );
  });
}

/** All bytes. */
export async function readAll(file: RandomAccess): Promise<Uint8Array> {
  if (file.size <= 2 ** 31 - 1) return file.read(0, file.size);
  throw tooLarge(file, "2 GiB");
}

/** All text, as UTF-8. */
export async function readText(file: RandomAccess): Promise<string> {
  const bytes = await readAll(file);
  try {
    return new TextDecoder().decode(bytes);
  } catch {
    throw tooLarge(file, "512 MiB");
  }
}

function tooLarge({ name, size }: RandomAccess, limit: string): SimileError {
  return invalidTable(name, `at most ${limit} in this format`, `${size} bytes`, "write the table as .npy or Parquet");
}
