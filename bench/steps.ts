/**
 * Training steps beside PyTorch: `npm run bench -- [--threads 2] [--rounds 7] [case ...]`.
 *
 * A head step is Linear 2048 -> 512, normalise, multi-similarity, backward, Adam, at B = 128 and 512. A convolution step
 * is seven 3x3 convolutions with ReLU on 32 x 3 x 64 x 64, mean pooling, Linear, backward, SGD with momentum. Both
 * sides use the same number of threads; steps alternate A B A B; medians and quartiles in milliseconds.
 *
 * The peer needs python3 with torch (Debian: python3-torch) and pytorch-metric-learning on PYTHONPATH; without them its
 * column says so.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { grad } from "../src/grad/index.js";
import { input, namedParameters, type ParameterTree, type Tensor } from "../src/graph/index.js";
import { lossValue, multiSimilarity } from "../src/losses/index.js";
import { activation, context, conv2d, dense, type Layer, l2Normalize, sequential } from "../src/nn/index.js";
import { adam, bindOptimizer, type Rule, sgd } from "../src/optim/index.js";
import { classRelation } from "../src/relations/index.js";
import { Random } from "../src/rng/index.js";
import { compileGraph, type Feed, Variables } from "../src/run/index.js";
import { type Contestant, contest, processContestant, type Row } from "./contest.js";

type Step = () => Promise<void>;

function normals(count: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

async function compileStep(
  parameters: ParameterTree,
  loss: Tensor,
  rule: Rule,
  rate: number,
  feeds: Record<string, Feed>,
  threads: number,
): Promise<Step> {
  const optimizer = bindOptimizer(rule, namedParameters(parameters), {});
  const variables = new Variables();
  variables.add({ parameters, optimizer: optimizer.parameters }, new Random(1));
  const learningRate = input("learningRate", "float32", []);
  const updates = optimizer.update(grad(loss, optimizer.trained), learningRate);
  const program = await compileGraph({ outputs: { loss }, updates }, { variables, threads, name: "bench" });
  return async () => {
    await program.run({ ...feeds, learningRate: Float32Array.of(rate) });
  };
}

function head(batch: number, threads: number): Promise<Step> {
  const layer = dense(2048, 512);
  const x = input("x", "float32", [batch, 2048]);
  const labels = input("labels", "int64", [batch]);
  const embedding = l2Normalize(layer.apply(x, context()));
  const { value } = lossValue(multiSimilarity(), { query: embedding, key: embedding, ...classRelation(labels) });
  const feeds = {
    x: normals(batch * 2048, new Random(2)),
    labels: BigInt64Array.from({ length: batch }, (_, i) => BigInt(Math.floor(i / 4))),
  };
  return compileStep({ layer: layer.parameters }, value, adam(), 1e-4, feeds, threads);
}

function convolutions(batch: number, threads: number): Promise<Step> {
  const layers: Record<string, Layer> = {};
  let channels = 3;
  const plan = [
    [32, 1],
    [32, 1],
    [64, 2],
    [64, 1],
    [128, 2],
    [128, 1],
    [128, 2],
  ] as const;
  plan.forEach(([out, stride], i) => {
    layers[`conv${i}`] = conv2d(channels, out, 3, { stride, padding: 1 });
    layers[`relu${i}`] = activation("relu");
    channels = out;
  });
  const body = sequential(layers);
  const last = dense(channels, 64);
  const x = input("x", "float32", [batch, 3, 64, 64]);
  const loss = last
    .apply(body.apply(x, context()).mean({ axes: [2, 3] }), context())
    .square()
    .mean();
  const feeds = { x: normals(batch * 3 * 64 * 64, new Random(3)) };
  return compileStep(
    { body: body.parameters, last: last.parameters },
    loss,
    sgd({ momentum: 0.9 }),
    1e-3,
    feeds,
    threads,
  );
}

const cases: Record<string, (threads: number) => Promise<Step>> = {
  "head-128": (threads) => head(128, threads),
  "head-512": (threads) => head(512, threads),
  "convolutions-32": (threads) => convolutions(32, threads),
};

function simile(threads: number): Contestant {
  const ready = new Map<string, Promise<Step>>();
  return {
    name: "simile",
    async run(testCase, repeat) {
      const made = ready.get(testCase) ?? cases[testCase]!(threads);
      ready.set(testCase, made);
      const step = await made;
      const times: number[] = [];
      for (let i = 0; i < repeat; i++) {
        const start = performance.now();
        await step();
        times.push(performance.now() - start);
      }
      return times;
    },
    close: async () => {},
  };
}

function formatRow(row: Row): string {
  const show = ({ median, low, high }: { median: number; low: number; high: number }) =>
    `${median.toFixed(1)} (${low.toFixed(1)}-${high.toFixed(1)})`.padEnd(20);
  const peer = "absent" in row.peer ? `absent: ${row.peer.absent}` : `${show(row.peer)} ${row.ratio!.toFixed(2)}x`;
  return `${row.case.padEnd(18)} ${show(row.ours)} ${peer}`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "7" },
    python: { type: "string", default: "/usr/bin/python3" },
    json: { type: "string" },
  },
});
const threads = Number(values.threads);
const peerScript = fileURLToPath(new URL("../bench/peers/torch_steps.py", import.meta.url));
const peer = processContestant("PyTorch", values.python, [peerScript, values.threads], {
  OMP_NUM_THREADS: values.threads,
});
const ours = simile(threads);
console.log(`${"milliseconds a step".padEnd(18)} ${"simile".padEnd(20)} ${"PyTorch".padEnd(20)} PyTorch / simile`);
const rows: Row[] = [];
for (const testCase of positionals.length > 0 ? positionals : Object.keys(cases)) {
  const row = await contest(ours, peer, testCase, Number(values.rounds), 5);
  rows.push(row);
  console.log(formatRow(row));
}
await peer.close();
if (values.json) writeFileSync(values.json, `${JSON.stringify({ threads, rows }, null, 2)}\n`);
