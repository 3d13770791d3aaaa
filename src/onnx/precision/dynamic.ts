import { elementTypes, type ModelProto, type NodeProto, type TensorProto } from "../schema.js";
import { GraphEdit, intAttribute, intOf, nodeOf, tensorOf, withGraph } from "./edit.js";
import { quantizeWeight, type WeightedNode, weightedNode } from "./weights.js";

/** Builds the nodes that stand for one layer. */
class DynamicLayer {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];

  constructor(
    private readonly layer: WeightedNode,
    private readonly source: { readonly values: string; readonly scale: string; readonly zero: string },
  ) {}

  build(): this {
    const { node, weight, axis } = this.layer;
    const { values, scales } = quantizeWeight(weight, axis);
    const isConv = node.opType === "Conv";
    const [name] = node.output as [string];
    const shape = isConv ? [scales.length, ...weight.dims.slice(2).map(() => 1)] : [scales.length];
    const weights = this.store(tensorOf(`${name}:weight`, "int8", weight.dims, values));
    const stored = intOf(node, "transB", 0) === 1 ? this.add("Transpose", [weights], "weight-transposed") : weights;
    const scale = this.store(tensorOf(`${name}:scale`, "float32", shape, scales));
    const zero = this.store(tensorOf(`${name}:zero`, "int8", [], Int8Array.of(0)));
    const inputs = [this.source.values, stored, this.source.zero, zero];
    const product = this.add(isConv ? "ConvInteger" : "MatMulInteger", inputs, "product", isConv ? node.attribute : []);
    const sum = this.add("Cast", [product], "sum", [intAttribute("to", elementTypes.float32)]);
    const unit = this.add("Mul", [this.source.scale, scale], "unit");
    const bias = node.input[2];
    if (bias === undefined || bias === "") {
      this.nodes.push(nodeOf("Mul", [sum, unit], name));
      return this;
    }
    const scaled = this.add("Mul", [sum, unit], "scaled");
    const shaped = isConv ? this.add("Reshape", [bias, this.shape(shape)], "bias") : bias;
    this.nodes.push(nodeOf("Add", [scaled, shaped], name));
    return this;
  }

  private add(opType: string, inputs: readonly string[], suffix: string, attributes: NodeProto["attribute"] = []) {
    const output = `${this.layer.node.output[0]}:${suffix}`;
    this.nodes.push(nodeOf(opType, inputs, output, attributes));
    return output;
  }

  private store(tensor: TensorProto): string {
    this.initializers.push(tensor);
    return tensor.name as string;
  }

  private shape(sizes: readonly number[]): string {
    const name = `${this.layer.node.output[0]}:shape`;
    return this.store(tensorOf(name, "int64", [sizes.length], BigInt64Array.from(sizes, BigInt)));
  }
}

/**
 * The model with the products of its layers in whole numbers: weights once and for all, activations by the range that
 * each has when the model runs. Needs no data; a quarter the size.
 */
export function toDynamicInt8(model: ModelProto): ModelProto {
  const edit = new GraphEdit(model.graph);
  const quantized = new Set<string>();
  const initializers: TensorProto[] = [];
  const nodes = model.graph.node.flatMap((node): NodeProto[] => {
    const layer = weightedNode(node, edit);
    if (layer === undefined) return [node];
    const [x] = node.input as [string];
    const source = { values: `${x}:quantized`, scale: `${x}:unit`, zero: `${x}:zero-point` };
    const quantize: NodeProto = {
      opType: "DynamicQuantizeLinear",
      name: source.values,
      input: [x],
      output: [source.values, source.scale, source.zero],
      attribute: [],
    };
    const built = new DynamicLayer(layer, source).build();
    initializers.push(...built.initializers);
    const first = !quantized.has(x);
    quantized.add(x);
    return [...(first ? [quantize] : []), ...built.nodes];
  });
  return withGraph(model, nodes, [...model.graph.initializer, ...initializers]);
}
