import { cosine, type Distance, dot, lp, snr } from "../../src/distances/index.js";
import {
  classWeighted,
  divisor,
  mean,
  perAnchor,
  type Reducer,
  ratio,
  sum,
  term,
  threshold,
} from "../../src/reducers/index.js";
import {
  centerInvariant,
  lpRegularizer,
  type Regularizer,
  regularFace,
  sparseCenters,
  zeroMean,
} from "../../src/regularizers/index.js";
import { asNumber, asNumbers, asRecord, asString, type GoldenRecord, type GoldenValue } from "./format.js";
import type { PeerLoss } from "./peer-losses/peer.js";

/** A part that the file names and this library or runner has not got. */
export class MissingPart extends Error {}

/** A case that no library could reproduce from what the file records; the message is the reason. */
export class NotReproducible extends Error {}

/** Our distance for the peer's. */
export function peerDistance(value: GoldenValue | undefined, where: string): Distance {
  const config = asRecord(value, where);
  const type = asString(config.type, where);
  const normalize = config.normalize_embeddings === true;
  const p = asNumber(config.p, where);
  const power = asNumber(config.power, where);
  switch (type) {
    case "LpDistance":
      return lp({ p, power, normalize });
    case "CosineSimilarity":
      return p === 2 ? cosine({ power }) : dot({ power, normalize: true, normOrder: p });
    case "DotProductSimilarity":
      return dot({ power, normalize, normOrder: p });
    case "SNRDistance":
      return snr({ power, normalize, normOrder: p });
    default:
      throw new MissingPart(`distance ${type}`);
  }
}

/** The peer writes pairs into a matrix: one that is listed twice counts once, but has its gradient twice. */
function distinctPairs(inner: Reducer): Reducer {
  return {
    name: inner.name,
    reduce: (part, context) => {
      if (part.kind !== "positive" && part.kind !== "negative") return inner.reduce(part, context);
      const { sum: total, count } = part.elements();
      const weight = count.greater(0).cast(count.dtype);
      const values = total.sub(total.sub(ratio(total, count)).stopGradient());
      return inner.reduce(term(part.kind, values, { weight, query: part.query }), context);
    },
  };
}

/**
 * Some of the peer's losses are columns, which its class weights turn into a matrix: the average of all products of an
 * element's value and an element's class weight.
 */
function classWeightedColumns(value: GoldenValue | undefined, where: string): Reducer | undefined {
  const config = asRecord(value, where);
  if (config.type !== "ClassWeightedReducer") return undefined;
  const each = classWeighted({ weights: asNumbers(config.weights, where) });
  return {
    name: "class-weighted columns",
    reduce: (part, context) => {
      if (part.kind === "scalar") return mean().reduce(part, context);
      const counts = { ...part, elements: () => ({ sum: part.elements().count, count: part.elements().count }) };
      return mean().reduce(part, context).mul(each.reduce(counts, context));
    },
  };
}

/** Our reducer for one of the peer's. */
export function peerReducer(value: GoldenValue | undefined, where: string, keepsTiny = false): Reducer {
  const config = asRecord(value, where);
  const type = asString(config.type, where);
  const bound = (name: string) => (typeof config[name] === "number" ? { [name]: config[name] } : {});
  switch (type) {
    case "MeanReducer":
      return mean();
    case "SumReducer":
      return sum();
    case "AvgNonZeroReducer":
      // What is smaller than a rounding error of 1 is exactly 0 in the peer's logarithms.
      return threshold({
        ...bound("high"),
        low: config.low === 0 && !keepsTiny ? Number.EPSILON / 2 : asNumber(config.low, where),
      });
    case "ThresholdReducer":
      return threshold({ ...bound("low"), ...bound("high") });
    case "DivisorReducer":
      return divisor();
    case "ClassWeightedReducer":
      return classWeighted({ weights: asNumbers(config.weights, where) });
    case "PerAnchorReducer":
      return distinctPairs(perAnchor(config.reducer ? peerReducer(config.reducer, where, keepsTiny) : mean()));
    default:
      throw new MissingPart(`reducer ${type}`);
  }
}

/** Reducers by the peer's names of sub losses; `MultipleReducers` has one for each, with a default. */
export function peerReducers(
  value: GoldenValue | undefined,
  where: string,
  { columns = false, keepsTiny = false }: Pick<PeerLoss, "columns" | "keepsTiny"> = {},
): (subLoss: string) => Reducer {
  const config = asRecord(value, where);
  const of = (one: GoldenValue) => (columns && classWeightedColumns(one, where)) || peerReducer(one, where, keepsTiny);
  if (config.type !== "MultipleReducers") {
    const single = of(config);
    return () => single;
  }
  const named = asRecord(config.reducers, where);
  const rest = config.default_reducer ? of(config.default_reducer) : mean();
  return (subLoss) => (named[subLoss] ? of(named[subLoss]) : rest);
}

/** Our regularizer for the peer's. */
export function peerRegularizer(config: GoldenRecord, params: GoldenRecord, where: string): Regularizer {
  const number = (name: string, preset: number) => asNumber(config[name] ?? params[name] ?? preset, where);
  switch (config.type) {
    case "LpRegularizer":
      return lpRegularizer({ p: number("p", 2), power: number("power", 1) });
    case "ZeroMeanRegularizer":
      return zeroMean();
    case "CenterInvariantRegularizer":
      return centerInvariant();
    case "RegularFaceRegularizer":
      return regularFace({ distance: peerDistance(config.distance, where) });
    case "SparseCentersRegularizer":
      return sparseCenters({ centersPerClass: number("centers_per_class", 10) });
    default:
      throw new MissingPart(`regularizer ${String(config.type)}`);
  }
}
