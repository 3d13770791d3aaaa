import { SimileError } from "../errors/index.js";
import { namedParameters, Parameter, type ParameterTree } from "../graph/index.js";
import type { TrainConfig } from "./config.js";
import type { EmbeddingModel } from "./model.js";

/** A stretch of training with the same parameters learning. */
export interface TuningPhase {
  /** First step, counted from 0. */
  readonly from: number;
  /** Parameters kept as they are, with the batch statistics beside them. */
  readonly frozen: ReadonlySet<Parameter>;
}

/** A part of a backbone, from input to output, that can be frozen as a whole. */
export interface Stage {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** Entries of a tree as stages: backbones of Simile declare their parts from input to output. */
export function treeStages(tree: ParameterTree): Stage[] {
  return Object.entries(tree).map(([name, entry]) => ({
    name,
    parameters: entry instanceof Parameter ? [entry] : namedParameters(entry).map(([, parameter]) => parameter),
  }));
}

function wrongFreeze(expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "invalid-configuration", where: "freeze", expected, received, remedy });
}

function stagesFrozen(stages: readonly Stage[], count: number): Parameter[] {
  const names = stages.map(({ name }) => name).join(", ");
  if (Math.abs(count) > stages.length) {
    throw wrongFreeze(
      `at most ${stages.length} stages (${names})`,
      `${count}`,
      "freeze fewer, or choose parameters by a pattern of their names",
    );
  }
  // slice(0, -0) would be nothing, but so is "the first 0 stages".
  return stages.slice(0, count).flatMap(({ parameters }) => parameters);
}

function patternFrozen(parameters: readonly (readonly [string, Parameter])[], pattern: string): Parameter[] {
  const expression = new RegExp(pattern);
  const found = parameters.filter(([name]) => expression.test(name)).map(([, parameter]) => parameter);
  if (found.length > 0) return found;
  const some = parameters.slice(0, 4).map(([name]) => name);
  throw wrongFreeze(
    "a pattern that is found in names of parameters",
    `${pattern}, which is in none of ${parameters.length}`,
    `they are called ${some.join(", ")}, ...`,
  );
}

/** Parameters that `freeze` of a configuration names. */
export function frozenParameters(freeze: string, { parameters, stages }: EmbeddingModel): Set<Parameter> {
  const everyStage = stages.flatMap((stage) => stage.parameters);
  const depth = /^stages:(-?\d+)$/.exec(freeze);
  if (freeze === "none") return new Set();
  if (freeze === "all") return new Set(everyStage);
  if (depth !== null) return new Set(stagesFrozen(stages, Number(depth[1])));
  return new Set(patternFrozen(namedParameters(parameters), freeze));
}

/**
 * The phases of a training: what `freeze` names is kept, and with `unfreezeEvery` n, each n steps the last stage that is
 * still kept begins to learn as well (Howard and Ruder, ACL 2018).
 */
export function tuningPhases(
  { freeze, unfreezeEvery, steps }: Pick<TrainConfig, "freeze" | "unfreezeEvery" | "steps">,
  model: EmbeddingModel,
): readonly [TuningPhase, ...TuningPhase[]] {
  const frozen = frozenParameters(freeze, model);
  const first: TuningPhase = { from: 0, frozen };
  if (unfreezeEvery === 0) return [first];
  const staged = new Set(model.stages.flatMap(({ parameters }) => parameters));
  const rest = [...frozen].filter((parameter) => !staged.has(parameter));
  const kept = [...model.stages.map(({ parameters }) => parameters), rest]
    .map((parameters) => parameters.filter((parameter) => frozen.has(parameter)))
    .filter((parameters) => parameters.length > 0);
  const phases = kept.map((_, i) => ({
    from: (i + 1) * unfreezeEvery,
    frozen: new Set(kept.slice(0, kept.length - 1 - i).flat()),
  }));
  return [first, ...phases.filter(({ from }) => from < steps)];
}

/** Steps at which the parameters of later phases begin to learn. */
export function beginnings(phases: readonly TuningPhase[]): Map<Parameter, number> {
  const begins = new Map<Parameter, number>();
  phases.slice(1).forEach(({ from, frozen }, i) => {
    for (const parameter of phases[i]!.frozen) if (!frozen.has(parameter)) begins.set(parameter, from);
  });
  return begins;
}
