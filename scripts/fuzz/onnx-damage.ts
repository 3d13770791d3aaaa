import { opRules } from "../../src/onnx/import/rules/index.js";
import {
  type AttributeProto,
  decodeModel,
  encodeModel,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "../../src/onnx/index.js";
import type { Random } from "../../src/rng/index.js";

const numbers = [0, 1, -1, 2, 3, 7, 255, -2, 1000, 2 ** 31, 2 ** 40, -(2 ** 31), Number.MAX_SAFE_INTEGER];
const operators = Object.keys(opRules);

function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[random.integer(Math.max(1, items.length))];
}

function changeAttribute(attribute: AttributeProto, random: Random): void {
  const value = pick(numbers, random)!;
  if (attribute.ints?.length) attribute.ints[random.integer(attribute.ints.length)] = value;
  else if (attribute.i !== undefined) attribute.i = value;
  else if (attribute.f !== undefined) attribute.f = value;
  else if (attribute.s !== undefined)
    attribute.s = new TextEncoder().encode(pick(["", "SAME_UPPER", "cubic", "wrap"], random));
  else if (attribute.t) changeTensor(attribute.t, random);
  else attribute.name = "axis";
}

function changeTensor(tensor: TensorProto, random: Random): void {
  const kind = random.integer(4);
  if (kind === 0 && tensor.dims.length > 0) tensor.dims[random.integer(tensor.dims.length)] = pick(numbers, random)!;
  else if (kind === 1) tensor.dataType = random.integer(24);
  else if (kind === 2) tensor.dims = tensor.dims.toReversed();
  else if (tensor.rawData?.length) {
    const raw = tensor.rawData.slice();
    raw[random.integer(raw.length)] = random.integer(256);
    tensor.rawData = raw;
  }
}

function changeNode(node: NodeProto, graph: GraphProto, random: Random): void {
  const kind = random.integer(6);
  const names = [...graph.node.flatMap(({ output }) => output), ...graph.initializer.map(({ name = "" }) => name)];
  if (kind === 0) node.opType = pick(operators, random)!;
  else if (kind === 1 && node.input.length > 0) node.input[random.integer(node.input.length)] = pick(names, random)!;
  else if (kind === 2) node.input = node.input.slice(0, -1);
  else if (kind === 3) node.input = [...node.input, pick(names, random)!];
  else if (kind === 4 && node.attribute.length > 0) node.attribute.splice(random.integer(node.attribute.length), 1);
  else if (node.attribute.length > 0) changeAttribute(pick(node.attribute, random)!, random);
}

/** A model whose nodes, settings, weights, sizes or version were changed, and that still is one on the outside. */
export function damageModel(sound: Uint8Array, random: Random): Uint8Array {
  const model = decodeModel(sound);
  const { graph } = model;
  for (let i = 1 + random.integer(3); i > 0; i--) {
    const kind = random.integer(10);
    const dims = graph.input[0]?.type?.tensorType?.shape?.dim ?? [];
    if (kind < 6) changeNode(pick(graph.node, random)!, graph, random);
    else if (kind < 8) changeTensor(pick(graph.initializer, random)!, random);
    else if (kind === 8) dims[random.integer(dims.length)] = { dimValue: Math.abs(pick(numbers, random)!) };
    else for (const opset of model.opsetImport) opset.version = 7 + random.integer(16);
  }
  return encodeModel(model);
}
