/**
 * Learns from pairs of embeddings, start to end, in seconds: `npx tsx examples/vectors.ts`.
 *
 * The vectors here are made up: 600 support questions as an embedding model might give them, most of whose numbers are
 * about style (who wrote it, how long it is) and few about the problem. People said of some pairs whether both ask for
 * the same. The head learns to listen to the few.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { Random } from "simile/rng";
import { openModel, parseConfig, train } from "simile/train";

const random = new Random(1);
const normals = (count: number, deviation: number) => Array.from({ length: count }, () => deviation * random.normal());
const problems = Array.from({ length: 150 }, () => normals(16, 1));
const questions = Array.from({ length: 600 }, (_, i) => {
  const problem = i % problems.length;
  return { id: `question-${i}`, problem, embedding: [...problems[problem]!, ...normals(16, 2), ...normals(96, 0.3)] };
});
const judged = Array.from({ length: 3000 }, (_, i) => {
  const a = questions[random.integer(600)]!;
  const same = i % 2 === 0;
  // Unlike ones are of the neighbouring problem, as people judge what a search shows them side by side.
  const wanted = same ? a.problem : a.problem ^ 1;
  const others = questions.filter(({ id, problem }) => id !== a.id && problem === wanted);
  return `${a.id},${others[random.integer(others.length)]!.id},${same ? 1 : 0}`;
});
await mkdir("runs/example-data", { recursive: true });
const jsonl = questions.map(({ id, embedding }) => `${JSON.stringify({ id, embedding })}\n`).join("");
await writeFile("runs/example-data/questions.jsonl", jsonl);
await writeFile("runs/example-data/pairs.csv", `id_a,id_b,alike\n${judged.join("\n")}\n`);

const config = parseConfig({
  data: "runs/example-data/questions.jsonl",
  pairs: "runs/example-data/pairs.csv",
  steps: 300,
});
for await (const event of train(config, { folder: "runs/example-vectors", overwrite: true })) {
  if (event.type !== "test") continue;
  console.log("AUC of the vectors as they are", event.baselines["input vectors, cosine"]?.AUC?.toFixed(3));
  console.log("AUC of the trained head       ", event.trained.AUC?.toFixed(3));
}

const model = await openModel("runs/example-vectors");
const two = questions.slice(0, 2).flatMap(({ embedding }) => embedding);
const { data, dimension } = await model.embedVectors({ data: Float32Array.from(two), dimension: 128 });
console.log(`two questions are now two vectors of ${dimension} numbers:`, data.length === 2 * dimension);
await model.release();
