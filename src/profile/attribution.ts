import { BACKWARD } from "../graph/index.js";
import type { TracedNode, TracedSession } from "../run/index.js";

/** Where an operator's time belongs. */
export interface Place {
  /** Path of the scope, outermost first. */
  readonly scope: readonly string[];
  /** Whether it is part of a gradient. */
  readonly backward: boolean;
}

/** The scope in the name of a node: all that stands before the last slash. */
export function placeOf(name: string): Place {
  const path = name.split("/").filter((part) => part !== "");
  const scope = path.slice(0, -1);
  return { scope: scope.filter((part) => part !== BACKWARD), backward: scope.includes(BACKWARD) };
}

/** A node's name, with its place where that does not tell it. */
export function withPlace(name: string, place: Place | undefined): string {
  if (place === undefined || name.includes("/")) return name;
  return [...place.scope, ...(place.backward ? [BACKWARD] : []), name].join("/");
}

/** The longest of `names` that `name` begins with: what is fused or laid out anew keeps the name of a node, and adds to it. */
function beginning(name: string, names: ReadonlySet<string>): string | undefined {
  for (let end = name.length; end > 0; end--) {
    // `Conv.1` is no beginning of `Conv.12`.
    if (/\d/.test(name[end] ?? "") && /\d/.test(name[end - 1]!)) continue;
    if (names.has(name.slice(0, end))) return name.slice(0, end);
  }
  return undefined;
}

/**
 * Places of the nodes that a session ran, by name. A node that was written has the place its name tells, and so has one that
 * was fused of several: the first one's. Those which the optimiser put between others (changes of layout) belong to the node
 * whose result they change, else to the one they prepare for. What remains has no place.
 */
export function attribute({ written, optimized }: Pick<TracedSession, "written" | "optimized">): Map<string, Place> {
  const names = new Set(written.map(({ name }) => name).filter((name) => name !== ""));
  const places = new Map<string, Place>();
  for (const { name } of optimized) {
    const source = beginning(name, names);
    if (source !== undefined) places.set(name, placeOf(source));
  }
  const makers = new Map(optimized.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const fill = (node: TracedNode, neighbours: readonly TracedNode[]) => {
    const place = neighbours.map(({ name }) => places.get(name)).find((found) => found !== undefined);
    if (place !== undefined && !places.has(node.name)) places.set(node.name, place);
  };
  for (const node of optimized) {
    fill(
      node,
      node.inputs.flatMap((name) => makers.get(name) ?? []),
    );
  }
  for (const node of optimized.toReversed()) {
    for (const input of node.inputs) {
      const maker = makers.get(input);
      if (maker !== undefined) fill(maker, [node]);
    }
  }
  return places;
}
