import type { Dim, Parameter, Shape, Tensor } from "../../graph/index.js";
import type { GraphProto, NodeProto, TensorProto } from "../schema.js";
import { Attributes } from "./attributes.js";
import { invalid, nodeLabel, unsupported } from "./problem.js";
import type { StoredTensor } from "./tensors.js";
import type { Known, Value } from "./value.js";

/** What a layer may know of and tell to whoever runs it; the context of `nn` layers is one. */
export interface RunContext {
  /** True while learning. */
  readonly training: boolean;
  /** Registers the next value of a parameter that gradients do not teach, such as a running mean. */
  update(parameter: Parameter, value: Tensor): void;
}

/** What rules may ask of the model around their node. */
export interface Surroundings {
  /** Version of the operators of the node's domain. */
  readonly opset: number;
  /** Size of the batch where the file says 1 and the caller opened it; see `ImportOptions.openBatch`. */
  readonly batch: Dim | undefined;
  /** Set while batch statistics and dropout are those of training. */
  readonly learning: RunContext | undefined;
  /** The values of a nested graph's outputs, in this node's scope. */
  run(graph: GraphProto): readonly Value[];
  /** The numbers of an attribute. */
  read(proto: TensorProto): StoredTensor;
}

/** One node with its inputs, as its rule sees it. */
export class Call {
  readonly attributes: Attributes;
  readonly where: string;

  constructor(
    readonly node: NodeProto,
    readonly inputs: readonly (Value | undefined)[],
    readonly around: Surroundings,
  ) {
    this.where = nodeLabel(node);
    this.attributes = new Attributes(node.attribute, this.where);
  }

  get opset(): number {
    return this.around.opset;
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  /** True for values of a batch that was opened: where the file says 1, this axis counts. */
  isOpened({ shape }: Tensor): boolean {
    return this.around.batch !== undefined && this.around.batch !== 1 && shape[0] === this.around.batch;
  }

  value(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw invalid(this.where, `an input ${index}`, "none");
    return value;
  }

  tensor(index: number): Tensor {
    return this.value(index).tensor;
  }

  optional(index: number): Tensor | undefined {
    return this.inputs[index]?.tensor;
  }

  /** All inputs as tensors, at least one; none may be left out. */
  get tensors(): Tensor[] {
    if (this.inputs.length === 0) throw invalid(this.where, "an input", "none");
    return this.inputs.map((_, index) => this.tensor(index));
  }

  /** The first two inputs. */
  get two(): [Tensor, Tensor] {
    return [this.tensor(0), this.tensor(1)];
  }

  /** The first three inputs. */
  get three(): [Tensor, Tensor, Tensor] {
    return [...this.two, this.tensor(2)];
  }

  /** The first five inputs. */
  get five(): [Tensor, Tensor, Tensor, Tensor, Tensor] {
    return [...this.three, this.tensor(3), this.tensor(4)];
  }

  /** Numbers and named sizes of an input that the graph's shapes depend on. */
  known(index: number): Known {
    const { known } = this.value(index);
    if (known !== undefined) return known;
    throw unsupported(
      this.where,
      `input ${index} (${this.node.input[index]}) to be known when the graph is built`,
      `${this.tensor(index)} computed from the model's inputs`,
      "give the sizes of the inputs (dims), or simplify the model first (onnxsim)",
    );
  }

  /** Numbers of an input that the graph's shapes depend on, none of them a named size. */
  numbers(index: number): readonly number[] {
    const { data } = this.known(index);
    if (data.every((entry) => typeof entry === "number")) return data as readonly number[];
    const remedy = "give the sizes of the inputs (dims)";
    throw unsupported(this.where, `numbers in input ${index}`, `the sizes ${data.join(", ")}`, remedy);
  }

  /** The one number of an input, or `otherwise` when the input is left out. */
  number(index: number, otherwise?: number): number {
    if (!this.has(index) && otherwise !== undefined) return otherwise;
    const numbers = this.numbers(index);
    if (numbers.length !== 1) throw invalid(this.where, `one number in input ${index}`, `${numbers.length}`);
    return numbers[0] as number;
  }

  /** The numbers of an attribute in older opsets, of an input in newer ones. */
  setting(attribute: string, index: number): readonly Dim[] | undefined {
    if (this.attributes.has(attribute)) return this.attributes.ints(attribute);
    return this.has(index) ? this.known(index).data : undefined;
  }

  /** {@link setting} without named sizes, such as axes. */
  integers(attribute: string, index: number): readonly number[] | undefined {
    if (this.attributes.has(attribute)) return this.attributes.ints(attribute);
    return this.has(index) ? this.numbers(index) : undefined;
  }

  /** `axis` counted from the front. */
  axis(axis: number, rank: number): number {
    const at = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(at) && at >= 0 && at < rank) return at;
    throw invalid(this.where, `one of ${rank} axes`, `axis ${axis}`);
  }

  /** {@link axis} for each of several different axes. */
  axes(axes: readonly number[], rank: number): number[] {
    const found = axes.map((axis) => this.axis(axis, rank));
    if (new Set(found).size !== found.length) throw invalid(this.where, "different axes", `[${axes.join(", ")}]`);
    return found;
  }

  /** Sizes of some axes of an input, which must be numbers. */
  sizes(index: number, axes: readonly number[]): readonly number[] {
    return axes.map((axis) => this.size(this.tensor(index).shape, axis, index));
  }

  private size(shape: Shape, axis: number, index: number): number {
    const size = shape[axis];
    if (typeof size === "number") return size;
    const remedy = "give the sizes of the inputs (dims); only the batch may be open here";
    throw unsupported(this.where, `a known size of axis ${axis} of input ${index}`, `[${shape.join(", ")}]`, remedy);
  }

  /** Refuses what the node asks for. */
  refuse(expected: string, received: string, remedy = "export the model without it"): never {
    throw unsupported(this.where, expected, received, remedy);
  }

  /** Refuses what ONNX does not allow. */
  invalid(expected: string, received: string): never {
    throw invalid(this.where, expected, received);
  }
}

/** What Simile knows about one ONNX operator. */
export interface OpRule {
  /** Inputs that are read as plain numbers; what is stored for them alone is no weight. */
  readonly settings?: readonly number[];
  /** Inputs that gradients do not teach, such as running statistics. */
  readonly state?: readonly number[];
  /** Values of the outputs; a tensor stands for a value of which nothing more is known. */
  apply(call: Call): Tensor | Value | readonly (Tensor | Value)[];
}

/** Rules by operator; those of other domains than ONNX's own as `domain.Operator`. */
export type RuleTable = Readonly<Record<string, OpRule>>;

/** A rule without anything to say but what it computes. */
export function rule(apply: OpRule["apply"], options: Omit<OpRule, "apply"> = {}): OpRule {
  return { ...options, apply };
}

/** The rule of a function of its first input. */
export function unary(apply: (x: Tensor, call: Call) => Tensor): OpRule {
  return rule((call) => apply(call.tensor(0), call));
}
