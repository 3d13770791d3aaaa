import { SimileError } from "../../errors/index.js";
import { type Dim, scope, Tensor } from "../../graph/index.js";
import type { FunctionProto, GraphProto, NodeProto, TensorProto } from "../schema.js";
import { Call, type RunContext } from "./call.js";
import { readConstant } from "./constants.js";
import { type Opsets, operatorKey, opsetsOf } from "./graph.js";
import { invalid, nodeLabel } from "./problem.js";
import { foldRules, opRules } from "./rules/index.js";
import type { StoredTensor } from "./tensors.js";
import { Value } from "./value.js";

/** What all nodes of one rebuilding share. */
export interface Execution {
  readonly functions: ReadonlyMap<string, FunctionProto>;
  readonly learning: RunContext | undefined;
  readonly batch: Dim | undefined;
  read(proto: TensorProto, where: string): StoredTensor;
}

type Names = ReadonlyMap<string, Value>;

/** Deepest nesting of functions and branches; a function that calls itself has no end. */
const DEEPEST = 32;
const LONGEST_DIM = 200;
const MOST_AXES = 16;

/** Every name that a node reads, its nested graphs' included. */
function namesRead(node: NodeProto): string[] {
  const nested = node.attribute.flatMap(({ g }) =>
    g ? [...g.node.flatMap(namesRead), ...g.output.map(({ name }) => name)] : [],
  );
  return [...node.input, ...nested];
}

/** The nodes that some names depend on, in their order. */
export function neededNodes(nodes: readonly NodeProto[], wanted: readonly string[]): NodeProto[] {
  const needed = new Set(wanted);
  const found = nodes.toReversed().filter((node) => {
    if (!node.output.some((name) => name !== "" && needed.has(name))) return false;
    for (const name of namesRead(node)) needed.add(name);
    return true;
  });
  return found.reverse();
}

/** Sizes grow by formulas of names: without a limit a small file could make an endless one. */
function checkShape(node: NodeProto, { shape }: Tensor): void {
  const isSane = (dim: Dim) => typeof dim === "number" || dim.length <= LONGEST_DIM;
  if (shape.length <= MOST_AXES && shape.every(isSane)) return;
  const received = shape.length > MOST_AXES ? `${shape.length} axes` : "a longer formula";
  throw invalid(nodeLabel(node), `at most ${MOST_AXES} axes, with sizes of ${LONGEST_DIM} letters`, received);
}

/** Rebuilds nodes one by one on given values. */
export class Executor {
  constructor(
    private readonly execution: Execution,
    private readonly opsets: Opsets,
    private readonly depth = 0,
  ) {}

  /** The values that `wanted` names have once `nodes` ran on `given`. */
  run(nodes: readonly NodeProto[], given: Names, wanted: readonly string[]): Value[] {
    const values = new Map(given);
    for (const node of neededNodes(nodes, wanted)) {
      if (operatorKey(node) === "Constant" && values.has(node.output[0] ?? "")) continue;
      const results = this.runNode(node, values);
      node.output.forEach((name, i) => {
        const result = results[i];
        if (name !== "" && result !== undefined) values.set(name, result);
      });
    }
    return wanted.map((name) => values.get(name) ?? this.absent(name, nodes));
  }

  private absent(name: string, nodes: readonly NodeProto[]): never {
    const maker = nodes.find((node) => node.output.includes(name));
    if (maker === undefined) throw invalid(`value "${name}"`, "a node, input or constant that gives it", "none");
    throw unsupportedOutput(maker, name);
  }

  private runNode(node: NodeProto, values: Names): readonly Value[] {
    const inputs = node.input.map((name) => (name === "" ? undefined : (values.get(name) ?? this.lost(node, name))));
    try {
      return scope(scopeName(node), () => this.compute(node, inputs, values));
    } catch (error) {
      throw located(error, node);
    }
  }

  /** A value that a node before should have given. */
  private lost(node: NodeProto, name: string): never {
    throw invalid(nodeLabel(node), `the input "${name}" from a node before it that Simile computes`, "none");
  }

  private compute(node: NodeProto, inputs: readonly (Value | undefined)[], values: Names): readonly Value[] {
    const key = operatorKey(node);
    const called = this.execution.functions.get(key);
    if (called !== undefined) return this.runFunction(called, node, inputs);
    const read = (proto: TensorProto) => this.execution.read(proto, nodeLabel(node));
    if (key === "Constant") {
      const { dtype, shape, numbers } = readConstant(node, read);
      return [Value.stored(dtype, shape, numbers)];
    }
    const around = {
      opset: this.opsets.get(node.domain === "ai.onnx" ? "" : (node.domain ?? "")) ?? 1,
      learning: this.execution.learning,
      batch: this.execution.batch,
      run: (graph: GraphProto) => this.runGraph(graph, values),
      read,
    };
    return compute(new Call(node, inputs, around), key);
  }

  private deeper(opsets: Opsets): Executor {
    if (this.depth >= DEEPEST) throw invalid("functions and branches", `at most ${DEEPEST} nested ones`, "more");
    return new Executor(this.execution, opsets, this.depth + 1);
  }

  private runGraph(graph: GraphProto, outer: Names): Value[] {
    const values = new Map(outer);
    for (const proto of graph.initializer) {
      // What has a name of its own in the whole file is a weight there already.
      if (values.has(proto.name ?? "")) continue;
      const { dtype, shape, numbers } = this.execution.read(proto, `initialiser "${proto.name}"`);
      values.set(proto.name ?? "", Value.stored(dtype, shape, numbers));
    }
    return this.deeper(this.opsets).run(
      graph.node,
      values,
      graph.output.map(({ name }) => name ?? ""),
    );
  }

  private runFunction(called: FunctionProto, node: NodeProto, inputs: readonly (Value | undefined)[]): Value[] {
    const values = new Map<string, Value>();
    called.input.forEach((name, i) => {
      const value = inputs[i];
      if (value !== undefined) values.set(name, value);
    });
    const opsets = new Map([...this.opsets, ...opsetsOf(called.opsetImport)]);
    return this.deeper(opsets).run(bindAttributes(called, node), values, called.output);
  }
}

/** A rule's results as values, each with a shape that stays sane. */
function compute(call: Call, key: string): readonly Value[] {
  const folded = Object.hasOwn(foldRules, key) ? foldRules[key]!(call) : undefined;
  if (folded !== undefined) return [Value.known(folded)];
  const result = opRules[key]!.apply(call);
  call.attributes.refuseUnread();
  const list = Array.isArray(result) ? (result as readonly (Tensor | Value)[]) : [result as Tensor | Value];
  return list.map((entry) => {
    if (!(entry instanceof Tensor)) return entry;
    checkShape(call.node, entry);
    return Value.of(entry);
  });
}

/** The nodes of a function, with the attributes that its caller gives. */
function bindAttributes(called: FunctionProto, caller: NodeProto): NodeProto[] {
  const given = new Map(
    [...called.attributeProto, ...caller.attribute].map((attribute) => [attribute.name, attribute]),
  );
  return called.node.map((node) => ({
    ...node,
    attribute: node.attribute.flatMap((attribute) => {
      if (attribute.refAttrName === undefined || attribute.refAttrName === "") return [attribute];
      const value = given.get(attribute.refAttrName);
      return value === undefined ? [] : [{ ...value, name: attribute.name }];
    }),
  }));
}

/** A node's name in the scope of what it makes, in characters that names of graphs have. */
function scopeName({ name, opType }: NodeProto): string {
  return (name || opType).replace(/^\/+/, "").slice(0, 200);
}

function unsupportedOutput(node: NodeProto, name: string): SimileError {
  return new SimileError({
    code: "unsupported-node",
    where: nodeLabel(node),
    expected: "only outputs that Simile computes to be used",
    received: `a use of "${name}"`,
    remedy: "ask for a value before it, or export the model without it",
  });
}

/** Errors of ops say which node of the file they are about. */
function located(error: unknown, node: NodeProto): unknown {
  if (!(error instanceof SimileError) || error.where.startsWith("node ")) return error;
  const { code, where, expected, received, remedy } = error;
  return new SimileError(
    { code, where: `${nodeLabel(node)}, ${where.replace(/ \(at .*\)$/, "")}`, expected, received, remedy },
    { cause: error },
  );
}
