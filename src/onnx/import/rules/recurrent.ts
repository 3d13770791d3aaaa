import type { Tensor } from "../../../graph/index.js";
import {
  abs,
  add,
  clip,
  div,
  full,
  leakyRelu,
  matmul,
  mul,
  relu,
  sigmoid,
  slice,
  softplus,
  split,
  squeeze,
  stack,
  sub,
  tanh,
  transpose,
} from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";

type Activation = (x: Tensor) => Tensor;

const activations: Readonly<Record<string, (alpha: number, beta: number) => Activation>> = {
  sigmoid: () => sigmoid,
  tanh: () => tanh,
  relu: () => relu,
  softplus: () => softplus,
  softsign: () => (x) => div(x, add(abs(x), 1)),
  affine: (alpha, beta) => (x) => add(mul(x, alpha), beta),
  leakyrelu: (alpha) => (x) => leakyRelu(x, alpha),
  scaledtanh: (alpha, beta) => (x) => mul(tanh(mul(x, beta)), alpha),
  hardsigmoid: (alpha, beta) => (x) => clip(add(mul(x, alpha), beta), 0, 1),
};
const starts: Readonly<Record<string, readonly [number, number]>> = {
  leakyrelu: [0.01, 0],
  hardsigmoid: [0.2, 0.5],
  affine: [1, 0],
  scaledtanh: [1, 1],
};

/** Steps that a sequence may have: each becomes nodes of its own. */
const LONGEST = 1024;

/** One direction's weights, in the order of the node's gates along the first axis. */
interface Direction {
  readonly w: Tensor;
  readonly r: Tensor;
  readonly wb: Tensor | undefined;
  readonly rb: Tensor | undefined;
  readonly peephole: Tensor | undefined;
  readonly functions: readonly Activation[];
}

type State = readonly Tensor[];
type Cell = (x: Tensor, state: State, direction: Direction, call: Call) => State;

function limited(x: Tensor, call: Call): Tensor {
  if (!call.attributes.has("clip")) return x;
  const bound = call.attributes.float("clip");
  return clip(x, -bound, bound);
}

function affine(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  const y = matmul(x, transpose(weight));
  return bias ? add(y, bias) : y;
}

/** Gates i, o, f, c; peepholes i, o, f (Gers and Schmidhuber, 2000). */
const lstmCell: Cell = (x, [h, c], { w, r, wb, rb, peephole, functions }, call) => {
  const [gate, candidate, output] = functions as [Activation, Activation, Activation];
  const [i, o, f, g] = split(add(affine(x, w, wb), affine(h!, r, rb)), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const [pi, po, pf] = peephole ? split(peephole, 3, 0) : [];
  const seen = (value: Tensor, weight: Tensor | undefined, cell: Tensor) =>
    weight ? add(value, mul(weight, cell)) : value;
  const open = gate(limited(seen(i, pi, c!), call));
  const kept = call.attributes.flag("input_forget") ? sub(1, open) : gate(limited(seen(f, pf, c!), call));
  const next = add(mul(kept, c!), mul(open, candidate(limited(g, call))));
  return [mul(gate(limited(seen(o, po, next), call)), output(next)), next];
};

/** Gates z, r, h (Cho et al., 2014). */
const gruCell: Cell = (x, [h], { w, r, wb, rb, functions }, call) => {
  const [gate, candidate] = functions as [Activation, Activation];
  const [xz, xr, xh] = split(affine(x, w, wb), 3, 1) as [Tensor, Tensor, Tensor];
  const [rz, rr, rh] = split(r, 3, 0) as [Tensor, Tensor, Tensor];
  const [bz, br, bh] = rb ? split(rb, 3, 0) : [];
  const update = gate(limited(add(xz, affine(h!, rz, bz)), call));
  const reset = gate(limited(add(xr, affine(h!, rr, br)), call));
  const after = call.attributes.flag("linear_before_reset");
  const recurrent = after ? mul(reset, affine(h!, rh, bh)) : affine(mul(reset, h!), rh, bh);
  const next = candidate(limited(add(xh, recurrent), call));
  return [add(mul(sub(1, update), next), mul(update, h!))];
};

const plainCell: Cell = (x, [h], { w, r, wb, rb, functions }, call) => [
  functions[0]!(limited(add(affine(x, w, wb), affine(h!, r, rb)), call)),
];

function functionsOf(call: Call, index: number, defaults: readonly string[]): Activation[] {
  const names = call.attributes.strings("activations");
  const alphas = [...(call.attributes.floats("activation_alpha") ?? [])];
  const betas = [...(call.attributes.floats("activation_beta") ?? [])];
  const all = names ?? [...defaults, ...defaults];
  const made = all.map((name) => {
    const key = name.toLowerCase();
    const make = Object.hasOwn(activations, key) ? activations[key] : undefined;
    if (make === undefined) return call.refuse(`activations ${Object.keys(activations).join(", ")}`, name);
    const [alpha, beta] = starts[key] ?? [0, 0];
    const own = Object.hasOwn(starts, key) ? [alphas.shift() ?? alpha, betas.shift() ?? beta] : [alpha, beta];
    return make(own[0]!, own[1]!);
  });
  const found = made.slice(index * defaults.length, (index + 1) * defaults.length);
  return found.length === defaults.length
    ? found
    : call.invalid(`${defaults.length} activations a direction`, all.join());
}

/** Entry `index` of the first axis. */
function at(x: Tensor, index: number): Tensor {
  return squeeze(slice(x, { axis: 0, start: index, end: index + 1 }), 0);
}

function directionOf(call: Call, index: number, defaults: readonly string[]): Direction {
  const bias = call.has(3) ? split(at(call.tensor(3), index), 2, 0) : [];
  return {
    w: at(call.tensor(1), index),
    r: at(call.tensor(2), index),
    wb: bias[0],
    rb: bias[1],
    peephole: call.has(7) ? at(call.tensor(7), index) : undefined,
    functions: functionsOf(call, index, defaults),
  };
}

/** All steps of one direction: every hidden state in the order of time, and the last state. */
function runDirection(
  call: Call,
  steps: readonly Tensor[],
  cell: Cell,
  direction: Direction,
  first: State,
  backwards: boolean,
) {
  const order = backwards ? steps.toReversed() : steps;
  const hidden: Tensor[] = [];
  let state = first;
  for (const x of order) {
    state = cell(x, state, direction, call);
    hidden.push(state[0]!);
  }
  return { hidden: stack(backwards ? hidden.reverse() : hidden, 0), state };
}

function refuseLengths(call: Call, length: number): void {
  if (!call.has(4)) return;
  const lengths = call.numbers(4);
  if (lengths.some((steps) => steps !== length))
    call.refuse("sequences of one length", `lengths ${lengths.join(", ")}`, "feed sequences of equal length");
}

/** A recurrent layer, unrolled: its sequence length must be known when the graph is built. */
function unrolled(cell: Cell, defaults: readonly string[], states: number, stateSlots: readonly number[]) {
  return rule((call) => {
    const { attributes } = call;
    const way = attributes.choice("direction", ["forward", "reverse", "bidirectional"], "forward");
    const layout = attributes.flag("layout");
    attributes.ignore("hidden_size");
    const x = layout ? transpose(call.tensor(0), [1, 0, 2]) : call.tensor(0);
    const length = call.sizes(0, [layout ? 1 : 0])[0]!;
    if (length < 1 || length > LONGEST) call.refuse(`1 to ${LONGEST} steps`, `${length}`);
    refuseLengths(call, length);
    const steps = Array.from({ length }, (_, i) => at(x, i));
    for (const slot of [0, 1, 2]) if (call.tensor(slot).rank !== 3) call.invalid("three axes", `${call.tensor(slot)}`);
    const hiddenSize = call.tensor(2).shape[2]!;
    const zero = full([x.shape[1]!, hiddenSize], 0, x.dtype);
    const start = (slot: number, index: number) => {
      if (!call.has(slot)) return zero;
      return at(layout ? transpose(call.tensor(slot), [1, 0, 2]) : call.tensor(slot), index);
    };
    const directions = way === "bidirectional" ? [false, true] : [way === "reverse"];
    const runs = directions.map((backwards, index) => {
      const first = stateSlots.slice(0, states).map((slot) => start(slot, index));
      return runDirection(call, steps, cell, directionOf(call, index, defaults), first, backwards);
    });
    const last = (i: number) =>
      stack(
        runs.map(({ state }) => state[i]!),
        0,
      );
    const y = stack(
      runs.map(({ hidden }) => hidden),
      1,
    );
    const ends = Array.from({ length: states }, (_, i) => (layout ? transpose(last(i), [1, 0, 2]) : last(i)));
    return [layout ? transpose(y, [2, 0, 1, 3]) : y, ...ends];
  });
}

/** Recurrent layers. */
export const recurrentRules: RuleTable = {
  LSTM: unrolled(lstmCell, ["Sigmoid", "Tanh", "Tanh"], 2, [5, 6]),
  GRU: unrolled(gruCell, ["Sigmoid", "Tanh"], 1, [5]),
  RNN: unrolled(plainCell, ["Tanh"], 1, [5]),
};
