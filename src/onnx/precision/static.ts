import type { ModelProto, NodeProto, TensorProto } from "../schema.js";
import { floatsOf, GraphEdit, intAttribute, nodeOf, tensorOf, withGraph } from "./edit.js";
import { quantizeWeight, roundToEven, SMALLEST_RANGE, type WeightedNode, weightedNode } from "./weights.js";

/** Smallest and largest number that a value had on real data. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Operations that ONNX Runtime also computes on whole numbers, so that nothing need be turned back between layers. */
const carriers = new Set(["Concat", "MaxPool", "AveragePool", "GlobalAveragePool", "Add", "Pad", "Reshape", "Flatten"]);
/**
 * Of these, operations that give back numbers they were given: the scale must be the same. What a Pad adds is 0, which every
 * scale holds, or before a MaxPool the lowest of all numbers, which as the lowest byte loses against all others too.
 */
const movers = new Set(["MaxPool", "Pad", "Reshape", "Flatten"]);
const activations = new Set(["Relu", "Clip"]);

/** The value to be stored as whole numbers for what `node` computes: after a ReLU that alone reads it. */
function resultOf(node: NodeProto, edit: GraphEdit): string {
  const [name] = node.output as [string];
  const [reader, ...others] = edit.readersOf(name);
  const merges = reader !== undefined && others.length === 0 && activations.has(reader.opType) && !edit.isOutput(name);
  return merges ? reader.output[0]! : name;
}

/**
 * Names of the values whose range a static quantisation needs, in the order in which they are computed, each with the
 * value whose range it shares where that must be.
 */
export function calibratedValues(model: ModelProto): Map<string, string> {
  const edit = new GraphEdit(model.graph);
  const values = new Map<string, string>();
  for (const node of model.graph.node) {
    if (weightedNode(node, edit) !== undefined) {
      const [x] = node.input as [string];
      if (!values.has(x)) values.set(x, x);
      // What a last linear layer gives is the embedding, or nearly so: it stays as precise as it is.
      if (node.opType === "Conv") values.set(resultOf(node, edit), resultOf(node, edit));
      continue;
    }
    const inputs = node.input.filter((name) => name !== "" && !edit.initializers.has(name));
    if (!carriers.has(node.opType) || inputs.length === 0 || !inputs.every((name) => values.has(name))) continue;
    const result = resultOf(node, edit);
    if (edit.isOutput(result)) continue;
    const shared = movers.has(node.opType) ? values.get(inputs[0]!)! : result;
    if (!values.has(result)) values.set(result, shared);
  }
  return values;
}

/** Unit and zero point of bytes that hold a range; 0 is always among the numbers held, as padding needs it. */
export function byteScale({ low, high }: Range): { scale: number; zero: number } {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  if (to - from < SMALLEST_RANGE) return { scale: 1, zero: 0 };
  const scale = Math.fround((to - from) / 255);
  return { scale, zero: Math.max(0, Math.min(255, roundToEven(-from / scale))) };
}

/** Collects what takes the place of the graph. */
class StaticGraph {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly held = new Map<string, { readonly name: string; readonly scale: number }>();

  constructor(
    private readonly edit: GraphEdit,
    private readonly ranges: ReadonlyMap<string, Range>,
  ) {}

  /** What readers of `name` read instead. */
  private current(name: string): string {
    return this.held.get(name)?.name ?? name;
  }

  private constants(name: string, scale: Float32Array, zero: TensorProto): [string, string] {
    const dims = scale.length === 1 ? [] : [scale.length];
    this.initializers.push(tensorOf(`${name}:scale`, "float32", dims, scale), zero);
    return [`${name}:scale`, zero.name as string];
  }

  /** Stores `name` as bytes and takes it back, if it is among the calibrated values. */
  hold(name: string): void {
    const range = this.ranges.get(name);
    if (range === undefined || this.held.has(name)) return;
    const { scale, zero } = byteScale(range);
    const point = tensorOf(`${name}:zero`, "uint8", [], Uint8Array.of(zero));
    const units = this.constants(name, Float32Array.of(scale), point);
    this.nodes.push(
      nodeOf("QuantizeLinear", [name, ...units], `${name}:bytes`),
      nodeOf("DequantizeLinear", [`${name}:bytes`, ...units], `${name}:held`),
    );
    this.held.set(name, { name: `${name}:held`, scale });
  }

  add(node: NodeProto): void {
    const layer = weightedNode(node, this.edit);
    const x = node.input[0] ?? "";
    if (layer !== undefined) this.hold(x);
    const input = node.input.map((name) => this.current(name));
    const held = this.held.get(x);
    this.nodes.push(
      layer && held ? this.whole({ ...layer, node: { ...node, input } }, held.scale) : { ...node, input },
    );
    for (const name of node.output) if (!this.edit.isOutput(name)) this.hold(name);
  }

  private whole({ node, weight, axis }: WeightedNode, scale: number): NodeProto {
    const [name] = node.output as [string];
    const { values, scales } = quantizeWeight(weight, axis);
    const stored = tensorOf(`${name}:weight`, "int8", weight.dims, values);
    const zeros = tensorOf(`${stored.name}:zero`, "int8", [scales.length], new Int8Array(scales.length));
    this.initializers.push(stored);
    const units = this.constants(stored.name!, scales, zeros);
    this.nodes.push(
      nodeOf("DequantizeLinear", [stored.name!, ...units], `${stored.name}:held`, [intAttribute("axis", axis)]),
    );
    const bias = this.edit.weight(node.input[2]);
    const rest =
      bias === undefined
        ? node.input.slice(2)
        : [
            this.bias(
              `${name}:bias`,
              bias,
              scales.map((unit) => unit * scale),
            ),
          ];
    return { ...node, input: [node.input[0]!, `${stored.name}:held`, ...rest] };
  }

  /** A bias in units of the products it is added to. */
  private bias(name: string, bias: TensorProto, units: Float32Array): string {
    const numbers = floatsOf(bias);
    const largest = 2 ** 31 - 1;
    const whole = (value: number, at: number) => Math.max(-largest, Math.min(largest, roundToEven(value / units[at]!)));
    this.initializers.push(tensorOf(name, "int32", [numbers.length], Int32Array.from(numbers, whole)));
    const zeros = new Int32Array(numbers.length);
    const stored = this.constants(name, units, tensorOf(`${name}:zero`, "int32", [numbers.length], zeros));
    this.nodes.push(nodeOf("DequantizeLinear", [name, ...stored], `${name}:held`, [intAttribute("axis", 0)]));
    return `${name}:held`;
  }
}

/**
 * The model with layers and what passes between them in whole numbers, by `ranges` of {@link calibratedValues} that were
 * measured on real data: bytes for activations, seven-bit weights on a scale for each channel, in ONNX's form of
 * QuantizeLinear and DequantizeLinear pairs, which runtimes fuse.
 */
export function toStaticInt8(model: ModelProto, ranges: ReadonlyMap<string, Range>): ModelProto {
  const edit = new GraphEdit(model.graph);
  const calibrated = new Map(
    [...calibratedValues(model)].flatMap(([name, shared]) => {
      const range = ranges.get(shared);
      return range === undefined ? [] : [[name, range] as const];
    }),
  );
  const built = new StaticGraph(edit, calibrated);
  for (const node of model.graph.node) built.add(node);
  return withGraph(model, built.nodes, [...model.graph.initializer, ...built.initializers]);
}
