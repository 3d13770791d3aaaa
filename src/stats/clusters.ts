import { inputError, type Numbers } from "./sample.js";

/** Sum and size of each cluster, in order of first appearance; without clusters, each value alone. */
export function clusterSums(
  where: string,
  values: Numbers,
  clusters?: Numbers,
): { readonly sums: Float64Array; readonly sizes: Float64Array } {
  if (clusters === undefined)
    return { sums: Float64Array.from(values), sizes: new Float64Array(values.length).fill(1) };
  if (clusters.length !== values.length) {
    const expected = `one cluster for each of ${values.length} values`;
    throw inputError(where, expected, `${clusters.length}`, "give both for the same units");
  }
  const places = new Map<number, number>();
  for (let i = 0; i < clusters.length; i++) if (!places.has(clusters[i]!)) places.set(clusters[i]!, places.size);
  const [sums, sizes] = [new Float64Array(places.size), new Float64Array(places.size)];
  for (let i = 0; i < values.length; i++) {
    const place = places.get(clusters[i]!)!;
    sums[place]! += values[i]!;
    sizes[place]! += 1;
  }
  return { sums, sizes };
}
