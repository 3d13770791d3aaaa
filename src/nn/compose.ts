import { scope } from "../graph/index.js";
import { add } from "../ops/index.js";
import { type Layer, layer } from "./layer.js";

function entriesOf(layers: Readonly<Record<string, Layer>> | readonly Layer[]): [string, Layer][] {
  return Object.entries(layers);
}

/** Parameter trees of layers under their names, without those that own nothing. */
export function treeOf(layers: Readonly<Record<string, Layer>>): Layer["parameters"] {
  const owners = Object.entries(layers).filter(([, { parameters }]) => Object.keys(parameters).length > 0);
  return Object.fromEntries(owners.map(([name, { parameters }]) => [name, parameters]));
}

/** Layers one after another; the names of a record (or positions in a list) name scopes and parameters. */
export function sequential(layers: Readonly<Record<string, Layer>> | readonly Layer[]): Layer {
  const entries = entriesOf(layers);
  return {
    parameters: treeOf(Object.fromEntries(entries)),
    apply: (x, ctx) => entries.reduce((value, [name, each]) => scope(name, () => each.apply(value, ctx)), x),
  };
}

/** body(x) + x, or body(x) + shortcut(x) where the body changes the shape (He et al., CVPR 2016). */
export function residual(body: Layer, shortcut?: Layer): Layer {
  const parts = { body, ...(shortcut && { shortcut }) };
  return layer("residual", treeOf(parts), (x, ctx) => {
    const direct = shortcut ? scope("shortcut", () => shortcut.apply(x, ctx)) : x;
    return add(
      scope("body", () => body.apply(x, ctx)),
      direct,
    );
  });
}
