const scratch = new DataView(new ArrayBuffer(4));

/** Largest number of half precision. */
export const LARGEST_HALF = 65_504;

/** The 16 bits of IEEE half precision nearest to `value` (ties to even); beyond its range, infinity. */
export function numberToHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From here on numbers round to infinity; below, to zero.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude <= 0x33000000) return sign;
  const exponent = magnitude >>> 23;
  // Subnormal halves have their leading one written out, and lose as many bits as they are smaller.
  const [significand, lost] =
    exponent < 113 ? [(magnitude & 0x7fffff) | 0x800000, 126 - exponent] : [magnitude - 0x38000000, 13];
  const kept = significand >>> lost;
  const rest = significand & ((1 << lost) - 1);
  const half = 1 << (lost - 1);
  const up = rest > half || (rest === half && (kept & 1) === 1);
  return sign | (kept + Number(up));
}
