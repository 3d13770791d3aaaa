/**
 * How often 95 % intervals hold the true mean when the same few seeds are measured on the same many classes: the table in
 * docs/protocol.md. Run with `npx tsx bench/intervals.ts`; about a minute.
 */
import { Random } from "../src/rng/index.js";
import { bootstrapMean, crossedMean, mean, meanInterval, quantile } from "../src/stats/index.js";

const EXPERIMENTS = 1000;
const RESAMPLES = 200;

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Seeds, classes, and the deviations between seeds, between classes, and of the rest, in percentage points. */
const SETTINGS = [
  { seeds: 3, classes: 50, ofSeed: 0.5, ofClass: 15, rest: 5 },
  { seeds: 5, classes: 98, ofSeed: 0.5, ofClass: 5, rest: 5 },
  { seeds: 5, classes: 98, ofSeed: 1, ofClass: 3, rest: 5 },
  { seeds: 3, classes: 50, ofSeed: 1, ofClass: 3, rest: 2 },
  { seeds: 10, classes: 100, ofSeed: 0.5, ofClass: 3, rest: 5 },
  { seeds: 5, classes: 400, ofSeed: 0.5, ofClass: 5, rest: 10 },
];

/** Owen's pigeonhole bootstrap: seeds and classes drawn again, each by themselves. */
function pigeonhole(table: readonly number[][], random: Random): Interval {
  const classes = table[0]!.length;
  const replicates = Float64Array.from({ length: RESAMPLES }, () => {
    const drawn = Int32Array.from({ length: classes }, () => random.integer(classes));
    const rows = table.map(() => table[random.integer(table.length)]!);
    return mean(rows.map((row) => mean(Array.from(drawn, (at) => row[at]!))));
  });
  const sorted = replicates.sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

function experiment({ seeds, classes, ofSeed, ofClass, rest }: (typeof SETTINGS)[number], random: Random): number[][] {
  const difficulty = Array.from({ length: classes }, () => ofClass * random.normal());
  return Array.from({ length: seeds }, () => {
    const luck = ofSeed * random.normal();
    return difficulty.map((value) => value + luck + rest * random.normal());
  });
}

const methods: Readonly<Record<string, (table: readonly number[][], random: Random) => Interval>> = {
  crossed: (table) => crossedMean(table),
  pigeonhole,
  "bootstrap of classes": (table, random) =>
    bootstrapMean(
      table[0]!.map((_, at) => mean(table.map((row) => row[at]!))),
      { random, resamples: RESAMPLES },
    ),
  "t of seeds": (table) => meanInterval(table.map(mean)),
};

console.log(`| seeds | classes | deviations | ${Object.keys(methods).join(" | ")} |`);
for (const setting of SETTINGS) {
  const random = new Random(1);
  const covered = Object.fromEntries(Object.keys(methods).map((name) => [name, 0]));
  for (let at = 0; at < EXPERIMENTS; at++) {
    const table = experiment(setting, random);
    for (const [name, interval] of Object.entries(methods)) {
      const { low, high } = interval(table, random);
      if (low <= 0 && 0 <= high) covered[name]!++;
    }
  }
  const shares = Object.values(covered).map((count) => `${((100 * count) / EXPERIMENTS).toFixed(1)} %`);
  const { seeds, classes, ofSeed, ofClass, rest } = setting;
  console.log(`| ${seeds} | ${classes} | ${ofSeed}, ${ofClass}, ${rest} | ${shares.join(" | ")} |`);
}
