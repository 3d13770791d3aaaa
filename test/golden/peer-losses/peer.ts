import type { Distance } from "../../../src/distances/index.js";
import type { Parameter, Tensor } from "../../../src/graph/index.js";
import type { Loss, LossInput } from "../../../src/losses/index.js";
import { asNumber, asRecord, asTensor, type GoldenRecord } from "../format.js";
import type { GraphCase } from "../graph-case.js";
import { peerDistance } from "../peer-parts.js";
import type { TupleUse } from "../peer-relations.js";

/** A loss of the file, as the table of peers sees it. */
export class PeerConfig {
  constructor(
    readonly config: GoldenRecord,
    /** Inputs of the case, or of its first step. */
    readonly inputs: GoldenRecord,
    readonly where: string,
  ) {}

  get params(): GoldenRecord {
    return asRecord(this.config.params ?? {}, this.where);
  }

  /** A numeric parameter of the peer. */
  number(name: string): number {
    return asNumber(this.params[name], `${this.where} ${name}`);
  }

  /** The peer's distance. */
  get distance(): Distance {
    return peerDistance(this.config.distance, this.where);
  }

  /** Options of a loss with class vectors: the number of rows of the first weight matrix is not needed, params say it. */
  get classes(): { classes: number; dimension: number; dtype: "float64" } {
    const dimension = asTensor(this.inputs.embeddings, this.where).shape[1]!;
    return { classes: this.number("num_classes"), dimension, dtype: "float64" };
  }
}

/** A parameter of ours that holds one of the peer's. */
export interface PeerWeight {
  readonly parameter: Parameter;
  /** The peer has the vectors as columns. */
  readonly transposed?: boolean;
}

/** Our loss for the peer's, and how to read the file for it. */
export interface PeerLoss {
  readonly loss: Loss;
  /** Our names of terms by the peer's names of sub losses. Default: `loss` is our only term. */
  readonly terms?: Readonly<Record<string, string>>;
  readonly weights?: Readonly<Record<string, PeerWeight>>;
  /**
   * What index tuples of the file mean: pairs counted as often as they occur (default), pairs once, or weights of
   * samples by their number of occurrences (`anchor-weights`: as queries only).
   */
  readonly tuples?: TupleUse;
  /** Give positivesPerQuery, for losses that need it. */
  readonly bounded?: boolean;
  /** Another input than embeddings, references and the relation of the labels or tuples. */
  readonly input?: (graph: GraphCase, inputs: GoldenRecord, embeddings: Tensor, references?: Tensor) => LossInput;
  /** The peer has the loss from its base class of pair losses, which wants more than one pair. */
  readonly pairwise?: boolean;
  /** The peer's values are a column [n, 1], which its class weights take for a matrix. */
  readonly columns?: boolean | undefined;
  /** The peer's values of nearly nothing are not rounded to 0, so that its average of the non-zero counts them. */
  readonly keepsTiny?: boolean | undefined;
  /** Parts of the expectation that we leave out on purpose, with the reason. */
  readonly deviation?: string;
}

/** Makes {@link PeerLoss}; throws `MissingPart` for options that cannot be reproduced. */
export type PeerLossBuilder = (peer: PeerConfig) => PeerLoss;
