/** Milliseconds a step of one scope and of what is inside it. */
export interface ProfiledScope {
  readonly name: string;
  readonly forward: number;
  /** Spent on its gradient. */
  readonly backward: number;
  readonly inside: readonly ProfiledScope[];
}

/** One operator of the graph. */
export interface ProfiledNode {
  /** With the scope before it, also where ONNX Runtime made the node and its own name for it tells none. */
  readonly name: string;
  readonly op: string;
  /** A step. */
  readonly milliseconds: number;
  /** Element types and shapes. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A part of a step outside the graph. */
export interface ProfiledPart {
  readonly name: string;
  /** A step. */
  readonly milliseconds: number;
}

/** Where a step's time goes; all times are means over the steps, in milliseconds. What `simile profile` prints as JSON. */
export interface ProfileSummary {
  /** What was run, in words. */
  readonly source: string;
  readonly steps: number;
  readonly warmup: number;
  /** From the end of one step to the end of the next. */
  readonly total: number;
  readonly fastest: number;
  readonly slowest: number;
  /** What the step did outside ONNX Runtime. */
  readonly host: readonly ProfiledPart[];
  /** Inside ONNX Runtime, but in no operator. */
  readonly between: number;
  /** In operators that belong to no scope that could be told. */
  readonly unattributed: number;
  /** Slowest first. */
  readonly scopes: readonly ProfiledScope[];
  /** Operators by type, slowest first; `count` of them run in a step. */
  readonly operators: readonly { readonly op: string; readonly count: number; readonly milliseconds: number }[];
  /** Slowest first, all of them. */
  readonly nodes: readonly ProfiledNode[];
}

/** Milliseconds of a scope, its gradient included. */
export function scopeTime({ forward, backward }: Pick<ProfiledScope, "forward" | "backward">): number {
  return forward + backward;
}

/** A scope that holds one other and nothing else, written together with it: `unit/conv`. */
export function joinedScope(scope: ProfiledScope): ProfiledScope {
  const [only, ...others] = scope.inside;
  const holdsMore = only === undefined || others.length > 0 || scopeTime(only) < 0.999 * scopeTime(scope);
  return holdsMore ? scope : joinedScope({ ...only, name: `${scope.name}/${only.name}` });
}

/** A step as parts that add up to it, to a thousandth. */
export function profiledParts({ host, between, unattributed, scopes, total }: ProfileSummary): ProfiledPart[] {
  const part = (name: string, milliseconds: number): ProfiledPart => ({ name, milliseconds });
  const parts = [
    part(
      "operators, by scope below",
      scopes.reduce((sum, scope) => sum + scopeTime(scope), 0),
    ),
    part("operators of no known scope", unattributed),
    part("between operators", between),
    ...host,
  ];
  const rest = total - parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return rest < total / 1000 ? parts : [...parts, part("all else", rest)];
}
