import type { RandomAccess } from "../sources/random-access.js";
import { invalidTable } from "./vector-table.js";

/** What the start of a .npy file says (NumPy format 1.0, 2.0 and 3.0). */
export interface NpyHeader {
  readonly shape: readonly number[];
  /** Elements, the product of the shape. */
  readonly count: number;
  /** Kind of an element: float, signed or unsigned integer, boolean, UTF-32 or byte string. */
  readonly kind: "f" | "i" | "u" | "b" | "U" | "S";
  /** Bytes of an element. */
  readonly size: number;
  readonly littleEndian: boolean;
  /** Whether the first index runs fastest. */
  readonly fortranOrder: boolean;
  /** Where the elements begin. */
  readonly offset: number;
}

const sizes: Readonly<Record<string, readonly number[]>> = { f: [2, 4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] };

/** Reads the header, and checks that the file holds exactly the elements it announces. Errors: `invalid-table`. */
export async function readNpyHeader(file: RandomAccess): Promise<NpyHeader> {
  const start = await file.read(0, Math.min(12, file.size));
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const [major, prefix] = start[6] === 1 ? [1, 10] : [start[6] ?? 0, 12];
  const magic = String.fromCharCode(...start.subarray(0, 6)) === "\x93NUMPY";
  if (!magic || start.length < 12 || major < 1 || major > 3) {
    throw invalidTable(file.name, "a .npy file of format 1.0, 2.0 or 3.0", "another start");
  }
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (prefix + length > file.size) {
    throw invalidTable(
      file.name,
      `a header of ${length} bytes`,
      `a file of ${file.size} bytes`,
      "write it again: it is cut short",
    );
  }
  const text = new TextDecoder().decode(await file.read(prefix, length));
  return checked(file, { ...parseDictionary(text, file.name), offset: prefix + length });
}

type Parsed = Omit<NpyHeader, "offset" | "count">;

/** The Python dictionary literal of a header. */
function parseDictionary(text: string, where: string): Parsed {
  const type = /["']descr["']\s*:\s*["']([<>|=]?)([a-zA-Z])(\d*)["']/.exec(text);
  const order = /["']fortran_order["']\s*:\s*(True|False)/.exec(text);
  const shape = /["']shape["']\s*:\s*\(([\dL,\s]*)\)/.exec(text);
  if (!type || !order || !shape) {
    const expected = "a header with a plain descr, fortran_order and shape";
    throw invalidTable(where, expected, text.slice(0, 80).trim(), "save one plain array, not records or objects");
  }
  const numbers = shape[1]!.split(",").map((part) => part.trim().replace(/L$/, ""));
  return {
    shape: numbers.filter((part) => part !== "").map(Number),
    ...elementType(type, where),
    littleEndian: type[1] !== ">",
    fortranOrder: order[1] === "True",
  };
}

function elementType([, , kind = "", digits = ""]: RegExpExecArray, where: string): Pick<Parsed, "kind" | "size"> {
  const width = Number(digits);
  if ((kind === "U" || kind === "S") && width > 0) return { kind, size: kind === "U" ? 4 * width : width };
  if (sizes[kind]?.includes(width)) return { kind: kind as Parsed["kind"], size: width };
  const remedy =
    kind === "O" ? "convert objects to numbers or strings before saving" : "convert the array, for example to float32";
  throw invalidTable(where, "elements f2, f4, f8, i1 to i8, u1 to u8, b1, U or S", `${kind}${digits}`, remedy);
}

function checked(file: RandomAccess, header: Omit<NpyHeader, "count">): NpyHeader {
  const count = header.shape.reduce((product, extent) => product * extent, 1);
  const [needed, there] = [count * header.size, file.size - header.offset];
  if (needed === there && header.shape.every(Number.isSafeInteger)) return { ...header, count };
  const expected = `${needed} bytes for shape (${header.shape.join(", ")})`;
  throw invalidTable(file.name, expected, `${there} bytes`, "write it again: it is damaged or cut short");
}
