import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { reducerOption } from "../reducers/index.js";
import { regularizerOption } from "../regularizers/index.js";
import { isReducer, type Loss, type LossEntry, reducedBy } from "./loss.js";
import { regularized } from "./regularized.js";

const factor = (what: string) => z.number().default(1).describe(`factor on ${what}`);

const reductions = {
  reducer: reducerOption
    .optional()
    .describe("how the values of queries, pairs or triplets become one number; default as published"),
  reducers: z
    .record(z.string(), reducerOption)
    .optional()
    .describe("reducers of single terms by their names, such as positive and negative; default for the others"),
};

const regularizations = {
  embeddingRegularizer: regularizerOption.optional().describe("cost on the embeddings themselves"),
  embeddingRegularizerWeight: factor("embeddingRegularizer"),
  classRegularizer: regularizerOption.optional().describe("cost on the class vectors of the loss"),
  classRegularizerWeight: factor("classRegularizer"),
  mapRegularizer: regularizerOption.optional().describe("cost on the map of a learned distance"),
  mapRegularizerWeight: factor("mapRegularizer"),
};

/** Options that every loss chosen by name has beside its own; those that wrap losses leave the reduction to them. */
export const commonLossOptions = { ...reductions, ...regularizations };

const parser = z.object(commonLossOptions);

/** A loss's entry with the options that all have. */
export function withCommonOptions(entry: LossEntry): LossEntry {
  const common = entry.wraps ? regularizations : commonLossOptions;
  return {
    ...entry,
    options: entry.options.safeExtend(common),
    create: (settings) => {
      const own = Object.entries(settings).filter(([name]) => !Object.hasOwn(common, name));
      return changed(entry.create(Object.fromEntries(own)), parser.parse(settings));
    },
  };
}

function changed(loss: Loss, common: z.output<typeof parser>): Loss {
  const weighted = (regularizer: typeof common.embeddingRegularizer, weight: number) =>
    regularizer && { regularizer, weight };
  const parts = {
    embeddings: weighted(common.embeddingRegularizer, common.embeddingRegularizerWeight),
    classVectors: weighted(common.classRegularizer, common.classRegularizerWeight),
    map: weighted(common.mapRegularizer, common.mapRegularizerWeight),
  };
  const reduced = withReducers(loss, common);
  return Object.values(parts).some((part) => part !== undefined) ? regularized(reduced, parts) : reduced;
}

function withReducers(loss: Loss, { reducer, reducers }: z.output<typeof parser>): Loss {
  if (reducers === undefined) return reducer === undefined ? loss : reducedBy(loss, reducer);
  const problem = (expected: string, received: string, remedy: string) =>
    new SimileError({ code: "invalid-option", where: `${loss.name}.reducers`, expected, received, remedy });
  if (reducer !== undefined) throw problem("reducer or reducers", "both", "give reducers.default in place of reducer");
  const published = isReducer(loss.reducer) ? { default: loss.reducer } : loss.reducer;
  return {
    ...reducedBy(loss, { ...published, ...reducers }),
    terms: (input) => {
      const result = loss.terms(input);
      const known = [...Object.keys(result.terms), "default"];
      const unknown = Object.keys(reducers).filter((name) => !known.includes(name));
      if (unknown.length > 0)
        throw problem(`names of terms: ${known.join(", ")}`, unknown.join(", "), "correct the name");
      return result;
    },
  };
}
