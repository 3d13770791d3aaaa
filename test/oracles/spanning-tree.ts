/** Edges of a minimum spanning tree by Prim's method. */
export function spanningEdges(
  members: readonly number[],
  distance: (i: number, j: number) => number,
): [number, number][] {
  const inside = members.slice(0, 1);
  const edges: [number, number][] = [];
  while (inside.length < members.length) {
    const outside = members.filter((member) => !inside.includes(member));
    const candidates = inside.flatMap((i) => outside.map((j): [number, number] => [i, j]));
    const shortest = candidates.reduce((a, b) => (distance(b[0], b[1]) < distance(a[0], a[1]) ? b : a));
    edges.push(shortest);
    inside.push(shortest[1]);
  }
  return edges;
}
