import { SimileError } from "../../errors/index.js";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "../schema.js";
import { invalid, nodeLabel } from "./problem.js";
import { opRules } from "./rules/index.js";

const OLDEST = 7;
const NEWEST = 22;

/** Domain and operator of a node as rules are filed: ONNX's own domain is left out. */
export function operatorKey({ domain = "", opType }: NodeProto): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}.${opType}`;
}

/** Versions of the operators by domain. */
export type Opsets = ReadonlyMap<string, number>;

/** Versions that a file or a function of it states. */
export function opsetsOf(entries: readonly { domain?: string; version?: number }[]): Opsets {
  return new Map(entries.map(({ domain = "", version = 1 }) => [domain === "ai.onnx" ? "" : domain, version]));
}

/** The version of ONNX's own operators, which must be one that Simile reads. */
export function checkOpset(opsets: Opsets): number {
  const version = opsets.get("");
  if (version !== undefined && version >= OLDEST && version <= NEWEST) return version;
  throw new SimileError({
    code: "unsupported-opset",
    where: "ONNX file",
    expected: `operators of opset ${OLDEST} to ${NEWEST}`,
    received: version === undefined ? "no version of the standard operators" : `opset ${version}`,
    remedy: "export the model in opset 17, or convert it with onnx.version_converter",
  });
}

/** The functions that a file defines, by the key of the nodes that call them. */
export function functionsOf(model: ModelProto): ReadonlyMap<string, FunctionProto> {
  const key = ({ domain = "", name }: FunctionProto) =>
    operatorKey({ domain, opType: name ?? "", input: [], output: [], attribute: [] });
  return new Map((model.functions ?? []).map((entry) => [key(entry), entry]));
}

function ownGraphs(attributes: readonly AttributeProto[]): GraphProto[] {
  return attributes.flatMap(({ g }) => (g ? [g] : []));
}

/** The graphs inside nodes, branches of branches included. */
export function nestedGraphs(nodes: readonly NodeProto[]): GraphProto[] {
  return nodes
    .flatMap(({ attribute }) => ownGraphs(attribute))
    .flatMap((graph) => [graph, ...nestedGraphs(graph.node)]);
}

/** All nodes of a graph with those of its nested graphs. */
export function allNodes(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.flatMap((node) => [node, ...ownGraphs(node.attribute).flatMap((graph) => allNodes(graph.node))]);
}

const quantized =
  /^(com\.microsoft\.)?(Q[A-Z]\w+|DynamicQuantize\w+|DequantizeLinear|QuantizeLinear|\w+Integer\w*|MatMulNBits|MatMulBnb4|\w*BFP|Gather\w*Quantized)$/;

function refuseQuantized(nodes: readonly NodeProto[]): void {
  const found = nodes.find((node) => quantized.test(operatorKey(node)));
  if (found === undefined) return;
  throw new SimileError({
    code: "quantized-model",
    where: nodeLabel(found),
    expected: "a model of floating-point numbers",
    received: "a quantised one, whose rounded weights have no gradient",
    remedy: "import the original float model, and quantise after training",
  });
}

function countsOf(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`)).join(", ");
}

/** Refuses operators without a rule, all of them at once. */
export function checkOperators(nodes: readonly NodeProto[], functions: ReadonlyMap<string, FunctionProto>): void {
  const every = allNodes([...nodes, ...[...functions.values()].flatMap((entry) => entry.node)]);
  refuseQuantized(every);
  const isKnown = (key: string) => functions.has(key) || Object.hasOwn(opRules, key) || key === "Constant";
  const unknown = every.filter((node) => !isKnown(operatorKey(node)));
  const [first] = unknown;
  if (first === undefined) return;
  throw new SimileError({
    code: "unknown-operator",
    where: `${nodeLabel(first)}${unknown.length > 1 ? ` and ${unknown.length - 1} more` : ""}`,
    expected: "operators that Simile can differentiate",
    received: countsOf(unknown.map(operatorKey)),
    remedy:
      "cut the model before it (onnx.utils.extract_model), simplify it (onnxsim), or export it with standard operators",
  });
}

/** Refuses files whose nodes use what comes later or never, or name a value twice. */
export function checkOrder(nodes: readonly NodeProto[], outside: Iterable<string>): void {
  const known = new Set(outside);
  for (const node of nodes) {
    const missing = node.input.find((name) => name !== "" && !known.has(name));
    if (missing !== undefined) throw invalid(nodeLabel(node), "inputs that come before it", `"${missing}"`);
    for (const name of node.output) {
      if (name === "") continue;
      if (known.has(name)) throw invalid(nodeLabel(node), "a new name for its output", `"${name}" again`);
      known.add(name);
    }
  }
}
