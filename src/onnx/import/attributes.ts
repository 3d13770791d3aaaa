import type { AttributeProto, GraphProto, TensorProto } from "../schema.js";
import { invalid, unsupported } from "./problem.js";

const utf8 = new TextDecoder();

/**
 * The settings of one node, each with its default. Those that nobody asked for are settings that a rule does not know:
 * {@link Attributes.refuseUnread} refuses them rather than compute something else.
 */
export class Attributes {
  private readonly byName: ReadonlyMap<string, AttributeProto>;
  private readonly read = new Set<string>();

  constructor(
    attributes: readonly AttributeProto[],
    private readonly where: string,
  ) {
    this.byName = new Map(attributes.map((attribute) => [attribute.name ?? "", attribute]));
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  private find(name: string): AttributeProto | undefined {
    this.read.add(name);
    return this.byName.get(name);
  }

  private missing(name: string, kind: string): never {
    throw invalid(this.where, `an attribute ${name} (${kind})`, this.byName.has(name) ? "another kind" : "none");
  }

  /** A whole number; without a default the attribute must be there. */
  int(name: string, otherwise?: number): number {
    const found = this.find(name);
    // A number 0 may be left out of the file.
    const value = found === undefined ? otherwise : (found.i ?? (found.type === 2 ? 0 : undefined));
    return value ?? this.missing(name, "INT");
  }

  /** True for any whole number but 0. */
  flag(name: string, otherwise = false): boolean {
    return this.int(name, Number(otherwise)) !== 0;
  }

  float(name: string, otherwise?: number): number {
    const found = this.find(name);
    const value = found === undefined ? otherwise : (found.f ?? (found.type === 1 ? 0 : undefined));
    return value ?? this.missing(name, "FLOAT");
  }

  string(name: string, otherwise?: string): string {
    const found = this.find(name);
    const value = found === undefined ? otherwise : utf8.decode(found.s ?? new Uint8Array());
    return value ?? this.missing(name, "STRING");
  }

  /** One of the words that a rule understands. */
  choice<const C extends string>(name: string, choices: readonly C[], otherwise: C): C {
    const value = this.string(name, otherwise);
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw unsupported(this.where, `${name} ${choices.join(" or ")}`, value, "export the model with one of these");
  }

  ints(name: string): readonly number[] | undefined {
    return this.find(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.find(name)?.floats;
  }

  strings(name: string): readonly string[] | undefined {
    return this.find(name)?.strings?.map((bytes) => utf8.decode(bytes));
  }

  tensor(name: string): TensorProto | undefined {
    return this.find(name)?.t;
  }

  graph(name: string): GraphProto {
    return this.find(name)?.g ?? this.missing(name, "GRAPH");
  }

  /** Accepts attributes that do not change what a trained model computes. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.read.add(name);
  }

  /** Throws when the node has a setting that its rule did not look at. */
  refuseUnread(): void {
    const unread = [...this.byName.keys()].filter((name) => !this.read.has(name));
    if (unread.length === 0) return;
    const remedy = "export the model without it, or in opset 13 to 22 of the standard operators";
    throw unsupported(this.where, "only settings of this operator that Simile knows", unread.join(", "), remedy);
  }
}
