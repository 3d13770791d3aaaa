import { canonicalDim, type Dim, type DType, type Shape } from "../../graph/index.js";
import type { ValueInfoProto } from "../schema.js";
import { unsupported } from "./problem.js";
import { toDType } from "./tensors.js";

/** An input or output of an imported model. */
export interface Signature {
  readonly name: string;
  /** Element type in our graphs: float16 and bfloat16 are float32 here, whole numbers int64 (uint8 stays). */
  readonly dtype: DType;
  /** Sizes, free ones as names; undefined where the file states no shape. */
  readonly shape: Shape | undefined;
}

const UINT8 = 2;

/** A name of the file in letters that sizes may have. */
function sizeName(text: string): string {
  const word = text.replaceAll(/\W+/g, "_").slice(0, 40);
  return /^[A-Za-z_]/.test(word) ? word : `_${word}`;
}

function size(
  dim: { dimValue?: number; dimParam?: string },
  fallback: string,
  dims: Readonly<Record<string, number>>,
): Dim {
  if (dim.dimValue !== undefined && dim.dimValue > 0) return dim.dimValue;
  const stated = dim.dimParam ?? "";
  const name = canonicalDim(stated) ?? (stated === "" || stated === "?" ? fallback : sizeName(stated));
  return dims[stated] ?? dims[name] ?? name;
}

/** Name, type and shape of an input or output, its free sizes named and replaced by what `dims` gives. */
export function signature(info: ValueInfoProto, dims: Readonly<Record<string, number>>, role: string): Signature {
  const name = info.name ?? "";
  const where = `${role} "${name}"`;
  const type = info.type?.tensorType;
  if (type === undefined)
    throw unsupported(where, "a tensor", "a sequence, map or optional value", "export a model of tensors");
  const dtype = type.elemType === UINT8 ? "uint8" : toDType(type.elemType ?? 0, where);
  const shape = type.shape?.dim.map((dim, axis) => size(dim, `${sizeName(name)}_${axis}`, dims));
  return { name, dtype, shape };
}
