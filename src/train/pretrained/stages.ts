import { Parameter, reachableNodes, type Tensor } from "../../graph/index.js";
import type { Stage } from "../tuning.js";

/** Parts that the layers of a network without maps of different sizes are counted as, such as a transformer's. */
const PARTS = 4;

/** First use of each parameter on the way to `features`, in order: the shape of what comes of it. */
function firstUses(features: Tensor, owned: ReadonlySet<Parameter>): Map<Parameter, Tensor> {
  const uses = new Map<Parameter, Tensor>();
  // Values made of one parameter alone: a weight turned around is still that weight.
  const standsFor = new Map<Tensor, Parameter>();
  for (const node of reachableNodes([features])) {
    const [output] = node.outputs;
    if (output instanceof Parameter) {
      if (owned.has(output)) standsFor.set(output, output);
      continue;
    }
    const parameters = node.inputs.flatMap((tensor) => standsFor.get(tensor) ?? []);
    if (parameters.length === 0) continue;
    if (parameters.length === node.inputs.length && parameters.length === 1) {
      for (const result of node.outputs) standsFor.set(result, parameters[0]!);
      continue;
    }
    for (const parameter of parameters) if (!uses.has(parameter)) uses.set(parameter, output!);
  }
  return uses;
}

/** Places of a map [N, C, H, W], or undefined for other values. */
function places({ shape }: Tensor): number | undefined {
  const [, , height, width] = shape;
  return shape.length === 4 && typeof height === "number" && typeof width === "number" ? height * width : undefined;
}

function named(groups: readonly (readonly Parameter[])[]): Stage[] {
  return groups.filter((group) => group.length > 0).map((parameters, i) => ({ name: `stage${i + 1}`, parameters }));
}

/**
 * Parts of an imported network, from input to output. A convolutional network has one for each size of its maps; what
 * comes after the last map belongs to the last. Others, such as transformers, are cut into four with as many layers each.
 */
export function importedStages(features: Tensor, parameters: readonly Parameter[]): Stage[] {
  const uses = firstUses(features, new Set(parameters));
  const ordered = [...uses].sort(([, a], [, b]) => a.node.id - b.node.id);
  const bySize: { size: number; parameters: Parameter[] }[] = [];
  for (const [parameter, result] of ordered) {
    const last = bySize.at(-1);
    const size = places(result) ?? last?.size ?? Number.POSITIVE_INFINITY;
    // A branch that is larger again, as in a feature pyramid, does not end a stage; nor does what is never taught, such as
    // a mean that is subtracted from the pictures.
    if (last === undefined || (size < last.size && last.parameters.some(({ trainable }) => trainable))) {
      bySize.push({ size, parameters: [parameter] });
      continue;
    }
    last.size = Math.min(size, last.size);
    last.parameters.push(parameter);
  }
  if (bySize.length > 2) return named(bySize.map((group) => group.parameters));
  const all = ordered.map(([parameter]) => parameter);
  const each = all.length / PARTS;
  return named(Array.from({ length: PARTS }, (_, i) => all.slice(Math.round(i * each), Math.round((i + 1) * each))));
}
