import { checkSample, inputError, type Numbers } from "./sample.js";

/**
 * Holm's adjusted p-values (1979), in the order given: calling those at most `level` significant makes one false claim or
 * more with probability `level` at most, whatever the dependence between the tests. Never weaker than Bonferroni.
 */
export function holm(pValues: Numbers): Float64Array {
  const order = ascending("holm", pValues);
  const adjusted = new Float64Array(order.length);
  let largest = 0;
  order.forEach((test, at) => {
    largest = Math.max(largest, Math.min(1, (order.length - at) * pValues[test]!));
    adjusted[test] = largest;
  });
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjusted p-values (1995), in the order given: among those called significant at `level`, at most
 * that share is false on average. For exploring; holds for independent or positively dependent tests.
 */
export function benjaminiHochberg(pValues: Numbers): Float64Array {
  const order = ascending("benjaminiHochberg", pValues);
  const adjusted = new Float64Array(order.length);
  let smallest = 1;
  for (let at = order.length - 1; at >= 0; at--) {
    smallest = Math.min(smallest, (order.length / (at + 1)) * pValues[order[at]!]!);
    adjusted[order[at]!] = smallest;
  }
  return adjusted;
}

function ascending(where: string, pValues: Numbers): Int32Array {
  checkSample(where, pValues, 0);
  for (let i = 0; i < pValues.length; i++) {
    if (pValues[i]! >= 0 && pValues[i]! <= 1) continue;
    throw inputError(where, "p-values from 0 to 1", `${pValues[i]}`, "correct probabilities only");
  }
  return Int32Array.from({ length: pValues.length }, (_, at) => at).sort((a, b) => pValues[a]! - pValues[b]!);
}
