import {
  asList,
  asNumber,
  asNumbers,
  asRecord,
  asString,
  asTensor,
  type GoldenCase,
  type GoldenRecord,
} from "./format.js";
import type { Computed } from "./graph-case.js";
import { compareNumber, compareTensor, type PartResult } from "./tolerance.js";

/** Every recorded number of a loss against what we computed. */
export function compareLoss(golden: GoldenCase, expected: GoldenRecord, computed: Computed, prefix = ""): PartResult[] {
  const where = golden.case;
  const [lossTolerance, gradTolerance] = (["loss", "grad"] as const).map((name) =>
    asNumber(golden.tolerance[name] ?? 1e-5, where),
  ) as [number, number];
  const value = computed.loss!.data[0]!;
  // Where the peer throws or returns NaN a finite loss with finite gradients is what we promise instead.
  if (expected.error || Number.isNaN(expected.loss)) return finiteParts(computed, prefix);
  const parts = [compareNumber(`${prefix}loss`, value, asNumber(expected.loss, where), lossTolerance)];
  for (const [name, { data }] of gradients(expected, computed)) {
    const golden = expected[name];
    const wanted = golden === null ? new Float64Array(data.length) : asTensor(golden, where).data;
    // A gradient that is not a number at the peer, even in part, says nothing of the rest.
    if (wanted.some(Number.isNaN)) parts.push(...finiteParts({ [name]: computed[name]! }, prefix));
    else parts.push(compareTensor(prefix + name, data, wanted, gradTolerance));
  }
  for (const [name, wanted] of Object.entries(asRecord(expected.gradWeights ?? {}, where))) {
    const actual = computed[`gradWeights.${name}`]?.data ?? new Float64Array();
    parts.push(compareTensor(`${prefix}gradient of ${name}`, actual, asTensor(wanted, where).data, gradTolerance));
  }
  if (expected.logits && computed.logits)
    parts.push(
      compareTensor(`${prefix}logits`, computed.logits.data, asTensor(expected.logits, where).data, lossTolerance),
    );
  return [...parts, ...compareElements(expected, computed, lossTolerance, where)];
}

function gradients(expected: GoldenRecord, computed: Computed): [string, Computed[string]][] {
  return Object.entries(computed).filter(([name]) => name in expected && name !== "loss" && name.startsWith("grad"));
}

function finiteParts(computed: Computed, prefix: string): PartResult[] {
  return Object.entries(computed).map(([name, { data }]) => ({
    name,
    excess: data.every(Number.isFinite) ? 0 : Number.POSITIVE_INFINITY,
    relative: 0,
    message: `${prefix}${name} is not finite`,
  }));
}

/** Values before the reduction, summed by our cells: pairs, or queries (or classes) for all else. */
function compareElements(expected: GoldenRecord, computed: Computed, r: number, where: string): PartResult[] {
  return Object.entries(asRecord(expected.elements ?? {}, where)).flatMap(([name, record]) => {
    const actual = computed[`elements.${name}`];
    const { losses, indices, reductionType } = asRecord(record, where);
    if (actual === undefined || reductionType === "already_reduced") return [];
    const [rows, columns] = [actual.shape[0]!, actual.data.length / actual.shape[0]!];
    const byPair = actual.shape.length === 2 && asString(reductionType, where) !== "element";
    const lists = byPair || reductionType !== "element" ? asList(indices, where) : [indices!];
    const [first, second] = lists.map((list) => asNumbers(list, where));
    const wanted = new Float64Array(byPair ? rows * columns : rows);
    asNumbers(losses, where).forEach((value, i) => {
      wanted[byPair ? first![i]! * columns + second![i]! : first![i]!]! += value;
    });
    const cells = byPair ? actual.data : sumRows(actual.data, rows);
    return [compareTensor(`elements of ${name}`, cells, wanted, r, 1e-6)];
  });
}

function sumRows(data: Float64Array, rows: number): Float64Array {
  const sums = new Float64Array(rows);
  for (let i = 0; i < data.length; i++) sums[Math.floor((i / data.length) * rows)]! += data[i]!;
  return sums;
}
