import type { DType, Shape } from "../../../src/graph/index.js";
import type { Values } from "./array.js";

/** What a rule may ask about the node it computes. */
export interface RuleContext {
  /** Element type of the first output. */
  readonly dtype: DType;
  /** Sizes of a shape whose names have values in this run. */
  readonly sizes: (shape: Shape) => number[];
}

export type RuleAttributes = { readonly [name: string]: unknown };

/** The outputs of one op from its inputs, as plainly as they can be written. */
export type Rule = (inputs: readonly Values[], attributes: RuleAttributes, context: RuleContext) => readonly Values[];

export type Rules = { readonly [op: string]: Rule };
