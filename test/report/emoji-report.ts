import { existsSync, readFileSync } from "node:fs";
import sharp from "sharp";
import {
  evaluateRetrieval,
  neighboursNeeded,
  type Retrieval,
  retrievalMetrics,
  worstMistakes,
} from "../../src/evaluate/index.js";
import { principalComponents } from "../../src/linalg/principal-components.js";
import type { Rows } from "../../src/linalg/rows.js";
import type { NeighbourRow, ReportData } from "../../src/report/index.js";
import { Random } from "../../src/rng/index.js";
import { bruteForceNeighbours } from "../oracles/neighbours.js";

const VENDORS = ["google", "twitter"];
const SIDE = 12;
const SHOWN = 8;

interface Drawing {
  readonly label: string;
  readonly name: string;
  readonly image: string;
  readonly pixels: Float64Array;
}

/** Real thumbnails and real neighbours: `classes` emoji by two vendors, embedded by their pixels. The curves are made up. */
export async function emojiReport(classes: number): Promise<ReportData> {
  const drawings = await drawEmoji(classes);
  const identifiers = [...new Set(drawings.map(({ label }) => label))];
  const labels = Int32Array.from(drawings, ({ label }) => identifiers.indexOf(label));
  const rows: Rows = {
    data: Float64Array.from(drawings.flatMap(({ pixels }) => [...pixels])),
    dimension: SIDE * SIDE * 3,
  };
  const own = { queryLabels: labels, galleryLabels: labels, queriesInGallery: true };
  const k = Math.max(neighboursNeeded(own), SHOWN);
  const retrieval = { ...own, neighbours: bruteForceNeighbours(rows, rows, { k, queriesInGallery: true }) };
  const { metrics } = evaluateRetrieval(retrieval, retrievalMetrics());
  const { projected, shares } = principalComponents(rows, 2);
  const sheet = (queries: readonly number[]) => queries.map((query) => sheetRow(drawings, retrieval, query));
  const names = ["MAP@R", "R@1", "R@8", "R-Precision"];
  const pixels = names.map((name) => metrics[name]?.mean ?? 0);
  return {
    title: "Emoji by drawing, not by vendor",
    description: `A sample: ${classes} emoji by two vendors, embedded by their raw pixels. The neighbours are real; the curves are made up.`,
    createdAt: "2025-01-31T12:00:00Z",
    diagnoses: [
      {
        severity: "warning",
        message: "3 of 512 training classes were never drawn.",
        remedy: "Train for more steps, or draw classes evenly with `sampler: class-balanced`.",
      },
      { severity: "note", message: "Loss and validation stopped improving together: more steps would hardly help." },
    ],
    comparison: {
      metrics: names,
      note: "Test classes that training never saw; 95 % bootstrap intervals over classes.",
      systems: [
        { name: "trained", role: "trained", measurements: pixels.map((value) => around(Math.min(0.97, 2.1 * value))) },
        { name: "raw pixels", role: "baseline", measurements: pixels.map(around) },
        { name: "untrained network", role: "baseline", measurements: pixels.map((value) => around(0.8 * value)) },
      ],
    },
    training: trainingCurves(),
    neighbourSheets: [
      {
        title: "Random queries",
        description: "Drawn once with the run's seed, not chosen.",
        rows: sheet([3, 40, 77, 110, 163, 201].filter((query) => query < labels.length)),
      },
      {
        title: "Worst mistakes",
        description: "Queries whose nearest neighbour is wrong, the most confident first.",
        rows: sheet(worstMistakes(retrieval, 5)),
      },
    ],
    map: {
      points: drawings.map(({ label, image }, at) => ({
        x: projected.data[2 * at]!,
        y: projected.data[2 * at + 1]!,
        label,
        image,
      })),
      note: `First two principal components, ${Math.round(100 * ((shares[0] ?? 0) + (shares[1] ?? 0)))} % of the variance.`,
    },
    ...provenance,
  };
}

function around(value: number) {
  return { value, low: Math.max(0, value - 0.021), high: Math.min(1, value + 0.023) };
}

async function drawEmoji(classes: number): Promise<Drawing[]> {
  const data = JSON.parse(readFileSync("node_modules/emoji-datasource-google/emoji.json", "utf8")) as EmojiEntry[];
  const chosen = data
    .filter((entry) => ["Animals & Nature", "Food & Drink", "Objects"].includes(entry.category))
    .sort((a, b) => a.sort_order - b.sort_order)
    .filter(({ image }) => VENDORS.every((vendor) => existsSync(pathOf(vendor, image))))
    .filter((_, at) => at % 5 < 2)
    .slice(0, classes);
  const drawings = chosen.flatMap(({ short_name, image }) =>
    VENDORS.map((vendor) => draw(short_name.replaceAll("_", " "), vendor, image)),
  );
  return Promise.all(drawings);
}

interface EmojiEntry {
  readonly short_name: string;
  readonly image: string;
  readonly category: string;
  readonly sort_order: number;
}

function pathOf(vendor: string, image: string): string {
  return `node_modules/emoji-datasource-${vendor}/img/${vendor}/64/${image}`;
}

async function draw(label: string, vendor: string, file: string): Promise<Drawing> {
  const bytes = readFileSync(pathOf(vendor, file));
  const raw = await sharp(bytes).flatten({ background: "#fff" }).resize(SIDE, SIDE).removeAlpha().raw().toBuffer();
  return {
    label,
    name: `${vendor}/${file}`,
    image: `data:image/png;base64,${bytes.toString("base64")}`,
    pixels: Float64Array.from(raw, (value) => value / 255),
  };
}

function sheetRow(drawings: readonly Drawing[], { neighbours, queryLabels }: Retrieval, query: number): NeighbourRow {
  const found = Array.from(neighbours.indices.subarray(query * neighbours.k, query * neighbours.k + SHOWN));
  const item = (at: number) => {
    const { label, name, image } = drawings[at]!;
    return { label, name, image };
  };
  return {
    query: item(query),
    relevant: 1,
    neighbours: found.map((at, rank) => ({
      ...item(at),
      distance: Math.sqrt(neighbours.distances[query * neighbours.k + rank]!),
      right: queryLabels[at] === queryLabels[query],
    })),
  };
}

function trainingCurves(): NonNullable<ReportData["training"]> {
  const random = new Random(1);
  const steps = Array.from({ length: 1500 }, (_, at) => at + 1);
  const progress = (step: number) => 1 - Math.exp(-step / 420);
  return {
    loss: steps.map((step) => ({ step, loss: 1.9 - 1.3 * progress(step) + 0.12 * random.normal() })),
    validation: steps
      .filter((step) => step % 100 === 0)
      .map((step) => ({
        step,
        metrics: {
          "MAP@R": 0.28 + 0.3 * progress(step) - 4e-8 * step ** 2,
          "R@1": 0.35 + 0.32 * progress(step) + 0.01 * random.normal(),
        },
      })),
    bestStep: 1300,
  };
}

const provenance: Partial<ReportData> = {
  data: {
    source: "emoji-datasource-google, emoji-datasource-twitter",
    splits: [
      { name: "train", classes: 512, samples: 1536 },
      { name: "validation", classes: 128, samples: 384 },
      { name: "test", classes: 640, samples: 1920 },
    ],
    skipped: [
      { file: "google/2b1b.png", reason: "truncated: 412 of 1,873 bytes" },
      { file: "google/<script>alert(1)</script>.png", reason: "not an image" },
      { file: "twitter/\u202Egnp.exe", reason: "zero bytes" },
    ],
    classesNeverDrawn: ["ferris wheel", "abacus", "kite"],
  },
  parameters: {
    groups: [
      { name: "conv1", count: 1792, trained: true },
      { name: "conv2", count: 73856, trained: true },
      { name: "conv3", count: 295168, trained: true },
      { name: "conv4", count: 1180160, trained: true },
      { name: "head", count: 65536, trained: true, learningRateMultiplier: 2 },
      { name: "loss.proxies", count: 65536, trained: true, learningRateMultiplier: 100 },
    ],
  },
  configuration: `data:\n  source: emoji\n  image: { size: 64 }\nmodel:\n  backbone: conv4\n  dimension: 128\nloss:\n  name: proxy-anchor\n  alpha: 32\n  margin: 0.1\noptimizer:\n  name: adamw\n  learningRate: 1.0e-3\nseed: 0\n`,
  credits: [
    { work: "Noto Emoji", author: "Google", licence: "Apache-2.0", url: "https://github.com/googlefonts/noto-emoji" },
    {
      work: "Twemoji",
      author: "Twitter and contributors",
      licence: "CC BY 4.0",
      url: "https://github.com/jdecked/twemoji",
    },
  ],
  versions: { simile: "0.1.0", "onnxruntime-node": "1.30.0", node: "20.19.0" },
};
