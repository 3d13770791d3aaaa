/**
 * One axis of a shape: a size, or a named size known only when the graph runs (`"batch"`). Sums and products of names
 * are written as canonical polynomials (`"2*batch+8"`), so that equal sizes are equal strings.
 */
export type Dim = number | string;

/** Sizes of all axes; `[]` is a scalar. */
export type Shape = readonly Dim[];

/** Monomial (sorted names joined by `*`, `""` for the constant) to its coefficient. */
type Polynomial = Map<string, number>;

function parse(dim: Dim): Polynomial {
  const polynomial: Polynomial = new Map();
  if (typeof dim === "number") return dim === 0 ? polynomial : polynomial.set("", dim);
  for (const term of dim.replaceAll("-", "+-").split("+")) {
    if (term === "") continue;
    const factors = term.replace(/^-/, "-1*").split("*");
    const isNumber = (factor: string) => /^-?\d+$/.test(factor);
    const coefficient = factors.filter(isNumber).reduce((product, factor) => product * Number(factor), 1);
    const key = factors
      .filter((factor) => !isNumber(factor))
      .sort()
      .join("*");
    polynomial.set(key, (polynomial.get(key) ?? 0) + coefficient);
  }
  return polynomial;
}

function format(polynomial: Polynomial): Dim {
  const terms = [...polynomial].filter(([, coefficient]) => coefficient !== 0);
  if (terms.length === 0) return 0;
  if (terms.length === 1 && terms[0]?.[0] === "") return terms[0][1];
  const order = (key: string) => (key === "" ? "~" : key);
  return terms
    .sort(([a], [b]) => (order(a) < order(b) ? -1 : 1))
    .map(([key, coefficient]) => (key === "" ? `${coefficient}` : coefficient === 1 ? key : `${coefficient}*${key}`))
    .join("+")
    .replaceAll("+-", "-");
}

/** Sum of sizes. */
export function addDims(...dims: Dim[]): Dim {
  const total: Polynomial = new Map();
  for (const dim of dims) {
    for (const [key, coefficient] of parse(dim)) total.set(key, (total.get(key) ?? 0) + coefficient);
  }
  return format(total);
}

/** Product of sizes. */
export function multiplyDims(...dims: Dim[]): Dim {
  let product: Polynomial = new Map([["", 1]]);
  for (const dim of dims) {
    const next: Polynomial = new Map();
    for (const [a, x] of product) {
      for (const [b, y] of parse(dim)) {
        const key = [...a.split("*"), ...b.split("*")]
          .filter((name) => name !== "")
          .sort()
          .join("*");
        next.set(key, (next.get(key) ?? 0) + x * y);
      }
    }
    product = next;
  }
  return format(product);
}

/** Exact quotient, or undefined when `divisor` is not a single term that divides every term of `dim`. */
export function divideDims(dim: Dim, divisor: Dim): Dim | undefined {
  const by = [...parse(divisor)];
  if (by.length !== 1) return undefined;
  const [byKey, byCoefficient] = by[0] as [string, number];
  const quotient: Polynomial = new Map();
  for (const [key, coefficient] of parse(dim)) {
    const names = key === "" ? [] : key.split("*");
    for (const name of byKey === "" ? [] : byKey.split("*")) {
      const at = names.indexOf(name);
      if (at < 0) return undefined;
      names.splice(at, 1);
    }
    if (coefficient % byCoefficient !== 0) return undefined;
    quotient.set(names.join("*"), coefficient / byCoefficient);
  }
  return format(quotient);
}

/** The size when every name has the value that `sizes` gives it. */
export function evaluateDim(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const [key, coefficient] of parse(dim)) {
    let term = coefficient;
    for (const name of key === "" ? [] : key.split("*")) term *= sizes.get(name) ?? Number.NaN;
    total += term;
  }
  return total;
}

/** The terms of a size: coefficient and names, for whoever has to compute it from named sizes. */
export function dimTerms(dim: Dim): { coefficient: number; names: string[] }[] {
  return [...parse(dim)].map(([key, coefficient]) => ({ coefficient, names: key === "" ? [] : key.split("*") }));
}

const written = new Map<string, Dim | undefined>();

/**
 * A size as it is written everywhere (`"8+2*batch"` is `"2*batch+8"`), or undefined for what is none: a negative or
 * broken number, or text that is not made of names and whole numbers by `+`, `-` and `*`.
 */
export function canonicalDim(dim: Dim): Dim | undefined {
  if (typeof dim === "number") return Number.isSafeInteger(dim) && dim >= 0 ? dim : undefined;
  if (!written.has(dim)) {
    const canonical = /^-?([A-Za-z_]\w*|\d+)([-+*]([A-Za-z_]\w*|\d+))*$/.test(dim) ? format(parse(dim)) : undefined;
    written.set(dim, typeof canonical === "number" && canonical < 0 ? undefined : canonical);
  }
  return written.get(dim);
}

/** True for a size that is written as sizes are. */
export function isSize(dim: Dim): boolean {
  return canonicalDim(dim) === dim;
}

/** `shape` with every size as it is written everywhere; what is no size stays as it is, for the op to reject. */
export function canonicalShape(shape: Shape): Shape {
  return shape.map((dim) => canonicalDim(dim) ?? dim);
}

/** Number of elements; symbolic when an axis is. */
export function shapeSize(shape: Shape): Dim {
  return multiplyDims(...shape);
}

/** Number of elements of a shape without names; a name is an error of the caller. */
export function staticSize(shape: Shape): number {
  const size = shapeSize(shape);
  if (typeof size !== "number") throw new RangeError(`shape ${formatShape(shape)} has sizes known only at run time`);
  return size;
}

/** `[batch, 3, 64, 64]` */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Same rank and same sizes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Shape of two operands after broadcasting (numpy's rule), or undefined when they do not agree. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}
