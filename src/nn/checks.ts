import { SimileError } from "../errors/index.js";

/** Throws `SimileError` (`invalid-option`) unless `part` divides `whole`. */
export function checkDivides(where: string, part: number, whole: number, remedy: string): void {
  if (Number.isInteger(part) && part > 0 && whole % part === 0) return;
  throw new SimileError({
    code: "invalid-option",
    where,
    expected: `a divisor of ${whole}`,
    received: `${part}`,
    remedy,
  });
}
