import {
  input,
  inputName,
  Parameter,
  type ParameterTree,
  reachableNodes,
  staticSize,
  type Tensor,
} from "../src/graph/index.js";
import { Random } from "../src/rng/index.js";
import { compileGraph, type Feed, Variables } from "../src/run/index.js";
import { type Case, normals, type Work } from "./suite.js";

/** A float32 input; {@link operation} feeds it with normal numbers. */
export function operand(name: string, ...shape: number[]): Tensor {
  return input(name, "float32", shape);
}

/** Ops to be run alone. */
export interface Operation {
  readonly results: readonly Tensor[];
  /** Values of inputs other than float32. */
  readonly feeds?: Readonly<Record<string, Feed>>;
  readonly parameters?: ParameterTree;
  /** New values of `parameters`. */
  readonly updates?: ReadonlyMap<Parameter, Tensor>;
}

const zeros = (shape: readonly number[]) => new Float32Array(staticSize(shape));

/** Normal numbers for every float32 input. */
function drawn(results: readonly Tensor[]): Record<string, Feed> {
  const inputs = reachableNodes(results).flatMap(({ outputs: [tensor] }) => {
    const name = inputName(tensor!);
    return name !== undefined && tensor!.dtype === "float32" ? [[name, tensor!] as const] : [];
  });
  const values = inputs.map(([name, { shape }], i) => [name, normals(staticSize(shape), new Random(i))]);
  return Object.fromEntries(values);
}

/**
 * Ops alone. Results are written into buffers made once, as a training step writes its parameters, so that only the work itself
 * is timed.
 */
export function operation(define: () => Operation, work: Work): Case {
  return {
    work,
    async make(threads) {
      const { results, feeds = {}, parameters = {}, updates = new Map() } = define();
      const variables = new Variables();
      const targets = results.map(({ shape }) => {
        return new Parameter(shape.map(Number), { initializer: zeros, trainable: false });
      });
      variables.add({ parameters, targets: Object.fromEntries(targets.entries()) }, new Random(1));
      const written = new Map([...updates, ...targets.map((target, i) => [target, results[i]!] as const)]);
      const program = await compileGraph({ outputs: {}, updates: written }, { variables, threads, name: "operation" });
      const fed = { ...drawn([...written.values()]), ...feeds };
      // What is drawn anew at each run needs a generator.
      const random = new Random(1);
      return { run: () => program.run(fed, random), release: () => program.release() };
    },
  };
}
