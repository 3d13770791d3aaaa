import { Parameter } from "../../graph/index.js";
import type { GraphProto, NodeProto } from "../schema.js";
import type { OpRule } from "./call.js";
import { allNodes, operatorKey } from "./graph.js";
import { opRules } from "./rules/index.js";
import type { StoredTensor } from "./tensors.js";
import { Value } from "./value.js";

interface Use {
  readonly node: NodeProto;
  readonly rule: OpRule | undefined;
  readonly slot: number;
}

/** Which nodes read each name. Names that nested graphs shadow count for both, which only makes a parameter more. */
function usesOf(graph: GraphProto): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  for (const node of allNodes(graph.node)) {
    const rule = Object.hasOwn(opRules, operatorKey(node)) ? opRules[operatorKey(node)] : undefined;
    node.input.forEach((name, slot) => {
      const known = uses.get(name);
      if (known) known.push({ node, rule, slot });
      else uses.set(name, [{ node, rule, slot }]);
    });
  }
  return uses;
}

const arithmetic = new Set(["Add", "Sub", "Mul", "Div", "Cast", "Identity", "Transpose"]);

/** Names computed from the inputs by arithmetic alone: pictures that are being prepared. */
function preparedInputs(graph: GraphProto, stored: ReadonlySet<string>): ReadonlySet<string> {
  const prepared = new Set(graph.input.map(({ name }) => name).filter((name) => !stored.has(name)));
  for (const node of graph.node) {
    const isPrepared = node.input.every((name) => prepared.has(name) || stored.has(name));
    if (arithmetic.has(node.opType) && isPrepared) for (const name of node.output) prepared.add(name);
  }
  return prepared;
}

/** Values and parameters that a file stores. */
export interface StoredValues {
  readonly values: ReadonlyMap<string, Value>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly numbers: ReadonlyMap<Parameter, StoredTensor["numbers"]>;
}

/**
 * Decides which stored numbers are weights. Floating ones with at least one axis are, unless their only use is as a
 * setting (the bounds of a Clip, the scales of a Resize). Running statistics, and what prepares the inputs (a mean to be
 * subtracted), are parameters that gradients do not teach.
 */
export function findWeights(
  graph: GraphProto,
  stored: ReadonlyMap<string, StoredTensor>,
  isConstant: (name: string) => boolean,
): StoredValues {
  const uses = usesOf(graph);
  const prepared = preparedInputs(graph, new Set(stored.keys()));
  const values = new Map<string, Value>();
  const parameters: Record<string, Parameter> = {};
  const numbers = new Map<Parameter, StoredTensor["numbers"]>();
  for (const [name, { dtype, shape, numbers: start }] of stored) {
    const own = uses.get(name) ?? [];
    const isFloating = dtype === "float32" || dtype === "float64";
    const isSetting = own.every(({ rule, slot }) => rule?.settings?.includes(slot));
    if (!isFloating || shape.length === 0 || isSetting || isConstant(name)) {
      values.set(name, Value.stored(dtype, shape, start));
      continue;
    }
    const isState = own.every(
      ({ rule, slot, node }) => rule?.state?.includes(slot) || prepared.has(node.output[0] ?? ""),
    );
    const parameter = new Parameter(shape, { dtype, initializer: () => start as Float32Array, trainable: !isState });
    Object.defineProperty(parameters, name, { value: parameter, enumerable: true });
    numbers.set(parameter, start);
    values.set(name, Value.stored(dtype, shape, start, parameter));
  }
  return { values, parameters, numbers };
}
