import type { ProfiledNode, ProfiledScope, ProfileSummary } from "../report/index.js";
import type { TracedRun, TracedSession } from "../run/index.js";
import { attribute, type Place, withPlace } from "./attribution.js";

/** Time spent somewhere. */
interface Spent {
  readonly milliseconds: number;
}

/** One operator of one session, over all steps. */
interface Operator extends ProfiledNode {
  readonly place: Place | undefined;
  /** Kernels that ran. */
  readonly count: number;
}

function total(parts: readonly Spent[]): number {
  return parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** Equal keys together, in order of appearance. */
function grouped<V>(values: readonly V[], key: (value: V) => string): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}

const slowestFirst = (a: Spent, b: Spent) => b.milliseconds - a.milliseconds;

/** What each node of a session did in `runs` of it, as means over `steps`. */
function operatorsOf(session: TracedSession, runs: readonly TracedRun[], steps: number): Operator[] {
  const places = attribute(session);
  const kernels = runs.flatMap((run) => run.kernels);
  return [...grouped(kernels, ({ name, op }) => `${op} ${name}`).values()].map((same) => {
    const { name, op, inputs, outputs } = same[0]!;
    return {
      name: withPlace(name, places.get(name)),
      op,
      inputs,
      outputs,
      place: places.get(name),
      count: same.length / steps,
      milliseconds: total(same) / steps,
    };
  });
}

/** Operators as a tree of scopes, those at `depth` told apart by that part of their path. */
function scopesOf(operators: readonly Operator[], depth = 0): ProfiledScope[] {
  const inside = operators.filter(({ place }) => place !== undefined && place.scope.length > depth);
  return [...grouped(inside, ({ place }) => place!.scope[depth]!)]
    .map(([name, members]) => ({
      name,
      forward: total(members.filter(({ place }) => !place!.backward)),
      backward: total(members.filter(({ place }) => place!.backward)),
      inside: scopesOf(members, depth + 1),
    }))
    .sort((a, b) => b.forward + b.backward - a.forward - a.backward);
}

function typesOf(operators: readonly Operator[]): ProfileSummary["operators"] {
  return [...grouped(operators, ({ op }) => op)]
    .map(([op, members]) => ({
      op,
      count: members.reduce((sum, { count }) => sum + count, 0),
      milliseconds: total(members),
    }))
    .sort(slowestFirst);
}

/** Milliseconds of each step: all of it, and its parts outside the graph by name. */
export interface StepTimes {
  readonly total: number;
  readonly host: Readonly<Record<string, number>>;
}

/** What was run, and for how long. */
export interface ProfiledSteps {
  readonly source: string;
  readonly warmup: number;
  readonly steps: readonly StepTimes[];
  readonly sessions: readonly TracedSession[];
  /** `performance.now()` when the first step that counts began. */
  readonly since: number;
}

/** Sums up steps and what their sessions recorded meanwhile. */
export function summarize({ source, warmup, steps, sessions, since }: ProfiledSteps): ProfileSummary {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / steps.length;
  const runs = sessions.map((session) => session.runs.filter(({ began }) => began >= since));
  const operators = sessions.flatMap((session, i) => operatorsOf(session, runs[i]!, steps.length));
  const totals = steps.map((step) => step.total);
  const inRuntime = total(runs.flat()) / steps.length;
  return {
    source,
    steps: steps.length,
    warmup,
    total: mean(totals),
    fastest: Math.min(...totals),
    slowest: Math.max(...totals),
    host: Object.keys(steps[0]?.host ?? {}).map((name) => ({
      name,
      milliseconds: mean(steps.map(({ host }) => host[name]!)),
    })),
    between: inRuntime - total(operators),
    unattributed: total(operators.filter(({ place }) => place === undefined || place.scope.length === 0)),
    scopes: scopesOf(operators),
    operators: typesOf(operators),
    nodes: operators
      .map(({ name, op, milliseconds, inputs, outputs }) => ({ name, op, milliseconds, inputs, outputs }))
      .sort(slowestFirst),
  };
}
