import { expect, test } from "vitest";
import type { VectorDataset } from "../../src/data/index.js";
import { principalComponents, project } from "../../src/linalg/principal-components.js";
import { testComponents, testInputs } from "../../src/protocol/final.js";
import { divide, releaseRun, trainFold } from "../../src/protocol/fold.js";
import { configOf, methodsOf, parsePlan } from "../../src/protocol/plan.js";
import { untrainedNames } from "../../src/protocol/tasks.js";
import { Random } from "../../src/rng/index.js";
import { createPictures } from "../../src/train/index.js";

const [CLASSES, EACH, DIMENSION] = [16, 5, 8];

/** Classes that differ in two directions, far from the origin, and under noise in all others. */
function farFromOrigin(): VectorDataset {
  const random = new Random(2);
  const vectors = new Float32Array(CLASSES * EACH * DIMENSION);
  const items = Array.from({ length: CLASSES * EACH }, (_, item) => {
    const label = Math.floor(item / EACH);
    const angle = (2 * Math.PI * 5 * label) / CLASSES;
    for (let d = 0; d < DIMENSION; d++) {
      const center = d === 0 ? Math.cos(angle) : d === 1 ? Math.sin(angle) : 0;
      vectors[item * DIMENSION + d] = 1000 + 10 * center + (d < 2 ? 0.2 : 2) * random.normal();
    }
    return { name: `${item}`, label: `class${String(label).padStart(2, "0")}` };
  });
  return { kind: "vector", name: "far", items, vectors, dimension: DIMENSION };
}

test("rows projected later lie where those that the directions were found on lie", () => {
  const random = new Random(1);
  const rows = { data: Float64Array.from({ length: 60 }, () => random.normal()), dimension: 5 };
  const found = principalComponents(rows, 3);
  expect(project(rows, found)).toEqual(found.projected);
});

test("principal components of each fold's training items are scored beside the inputs", async () => {
  const plan = parsePlan({
    data: "far",
    methods: ["contrastive"],
    folds: 2,
    settings: { steps: 0, batchSize: 8, head: { dimension: 2 } },
  });
  const division = divide(farFromOrigin(), plan.folds, plan.seed);
  const [method] = methodsOf(plan);
  const config = configOf(plan, method!, {}, 1);
  const pictures = createPictures(config);
  const runs = [];
  for (const fold of [0, 1]) runs.push((await trainFold(config, division, fold, pictures)).run);
  try {
    const components = await testComponents(runs, division);
    const inputs = await testInputs(runs[0]!, division);
    expect(components.weights).toEqual(inputs.weights);
    for (const metric of ["MAP@R", "MAP@R, single models"]) {
      expect(mean(components.scores[metric]!)).toBeGreaterThan(0.9);
      expect(mean(components.scores[metric]!)).toBeGreaterThan(mean(inputs.scores[metric]!));
    }
  } finally {
    for (const run of runs) await releaseRun(run);
    await pictures.store.close();
  }
});

test("vectors of very many numbers go without, as pictures do", () => {
  const dataset = farFromOrigin();
  const named = (changed: Partial<VectorDataset>) =>
    untrainedNames({ division: { ...divide(dataset, 2, 1), dataset: { ...dataset, ...changed } } });
  expect(named({})).toContain("principal components");
  expect(named({ dimension: 5000 })).not.toContain("principal components");
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
