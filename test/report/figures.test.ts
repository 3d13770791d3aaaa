import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutOverlap } from "../../src/report/figures/embedding-map.js";
import { smoothed, thinned } from "../../src/report/figures/series.js";
import {
  comparisonFigure,
  differencesFigure,
  embeddingMapFigure,
  learningFigure,
  parallelFigure,
  ranksFigure,
  type SearchSummary,
  scoresFigure,
  toSvg,
  trainingLossFigure,
  validationFigure,
} from "../../src/report/index.js";
import { percent, significant } from "../../src/report/numbers.js";
import { figureColours, themed } from "../../src/report/theme.js";
import { sampleReport } from "./sample-report.js";
import { tagsOf } from "./well-formed.js";

const sample = sampleReport("plain");

describe.each([
  ["comparison", comparisonFigure(sample.comparison)],
  ["training loss", trainingLossFigure(sample.training)],
  ["validation", validationFigure(sample.training)],
  ["standings", scoresFigure(sample.standings)],
  ["differences", differencesFigure(sample.standings)],
  ["ranks", ranksFigure(sample.standings.ranks!, sample.standings.baseline)],
  ["trials", parallelFigure(sample.searches[0]!, "trials")],
  ["learning", learningFigure(sample.learning[0]!, { id: "learning" })],
  ["map", embeddingMapFigure(sample.map)],
])("the %s figure", (_, figure) => {
  it("is drawn without a browser as well-formed SVG that has a size to scale from", async () => {
    const [root] = tagsOf(await toSvg(figure.spec));
    expect(root?.name).toBe("svg");
    expect(root?.attributes.get("viewBox")).toMatch(/^0 0 \d+ \d+$/);
  });

  it("names no colour outside the theme, so that nothing stays dark on dark", async () => {
    const colours = themed(await toSvg(figure.spec)).match(/(?:fill|stroke)="#[0-9a-f]{3,6}"/g) ?? [];
    const inTheme = Object.values(figureColours) as string[];
    expect(colours.filter((colour) => inTheme.some((known) => colour.includes(known)))).toEqual([]);
    expect(colours.filter((colour) => /#(?:000|333|888|ddd)"/.test(colour))).toEqual([]);
  });
});

describe("drawn marks", () => {
  it("names each metric once above its bars", async () => {
    const svg = await toSvg(comparisonFigure(sample.comparison).spec);
    expect(svg.match(/>(plain|R@1)<\/text>/g)).toEqual([">plain</text>", ">R@1</text>"]);
  });

  it("has one bar a measurement, as long as its value", async () => {
    const svg = await toSvg(comparisonFigure(sample.comparison).spec);
    const bars = svg.slice(svg.indexOf("mark-rect"));
    expect(bars.slice(0, bars.indexOf("</g>")).match(/<path/g)).toHaveLength(3);
  });

  it("draws every validation point, and the rule of the step that was kept", async () => {
    const svg = await toSvg(validationFigure(sample.training).spec);
    const points = svg.slice(svg.indexOf("mark-symbol role-mark"));
    expect(points.slice(0, points.indexOf("</g>")).match(/<path/g)).toHaveLength(2);
    expect(svg).toContain("stroke-dasharray");
  });

  it("skips losses that are not finite, and says so", () => {
    const figure = trainingLossFigure({
      validation: [],
      loss: [1, null, Number.NaN, 3].map((loss, step) => ({ step, loss })),
    });
    expect(figure.caption).toContain(" 2 steps with a loss that was not finite are not shown.");
  });

  it("keeps both directions of the map in one scale", () => {
    const square = [0, 1].flatMap((x) => [0, 1].map((y) => ({ x, y, label: "a" })));
    const { layer } = embeddingMapFigure({ points: square }).spec as unknown as {
      layer: [{ data: { values: { x: number; y: number }[] } }];
    };
    const [origin, up, right] = layer[0].data.values;
    expect(right!.x - origin!.x).toBeCloseTo(up!.y - origin!.y, 6);
  });
});

describe("interval pictures", () => {
  const values = (spec: unknown) => (spec as { data: { values: Record<string, unknown>[] } }).data.values;

  it("stand in percentage points, and stress what is clear after correction", () => {
    const rows = values(differencesFigure(sample.standings).spec);
    expect(rows.map(({ name, value, low, emphasis }) => [name, value, low, emphasis])).toEqual([
      ["better", expect.closeTo(3.21, 9), 1, "clear"],
      ["worse", expect.closeTo(-18.79, 9), expect.closeTo(-18.79, 9), "plain"],
    ]);
  });

  it("have room for the names at their left, and shorten the longest", async () => {
    const name = "a loss with a rather long name";
    const methods = [{ name, scores: [{ value: 0.5 }] }];
    const [root] = tagsOf(await toSvg(scoresFigure({ metrics: ["R@1"], methods }).spec));
    expect(Number(root!.attributes.get("width"))).toBeGreaterThan(200 + 26 * 6.8);
    expect(Number(root!.attributes.get("width"))).toBeLessThan(420);
    expect(await toSvg(scoresFigure({ metrics: ["R@1"], methods }).spec)).toContain(`${name.slice(0, 25)}…`);
  });
});

describe("parallel coordinates", () => {
  const search: SearchSummary = {
    method: "m",
    objective: "MAP@R",
    parameters: [
      { name: "loss.margin", low: 0, high: 2 },
      { name: "rate", low: 1e-4, high: 1, log: true },
      { name: "miner", choices: ["a", "b", "c"] },
    ],
    trials: [
      { values: { "loss.margin": 0.5, rate: 1e-2, miner: "b" }, score: 0.4, chosen: true },
      { values: { "loss.margin": 2, rate: 1e-4, miner: "a" }, score: 0.2 },
      { values: { "loss.margin": 1, rate: 1, miner: "c" }, score: null },
    ],
  };

  it("places values on linear, log and listed axes, the score on the last, failures nowhere", () => {
    const figure = parallelFigure(search, "trials");
    const { layer } = figure.spec as unknown as { layer: { data: { values: { y: number; chosen: boolean }[] } }[] };
    const places = (at: number) => layer[at]!.data.values.map(({ y }) => y);
    expect(places(1)).toEqual([1, 0, 0, 0]);
    expect(places(2)).toEqual([0.25, expect.closeTo(0.5, 12), 0.5, 1]);
    expect(figure.alternative).toContain("2 trials of m over loss.margin, rate, miner; the best MAP@R is 40.0\u202F%");
    expect(figure.caption).toContain(", 1 failed");
  });

  it("keeps every place within its axis", () => {
    const value = fc.double({ noNaN: true });
    fc.assert(
      fc.property(value, value, (margin, rate) => {
        const trials = [{ values: { "loss.margin": margin, rate, miner: "z" }, score: 0.1 }];
        const { layer } = parallelFigure({ ...search, trials }, "t").spec as unknown as {
          layer: { data: { values: { y: number }[] } }[];
        };
        for (const { y } of layer[1]!.data.values) expect(y >= 0 && y <= 1).toBe(true);
      }),
    );
  });
});

describe("series", () => {
  it("thins by averaging neighbours, keeping mean and order", () => {
    const points = Array.from({ length: 1000 }, (_, step) => ({ step, value: step % 7 }));
    const few = thinned(points, 100);
    expect(few).toHaveLength(100);
    expect(few[0]).toEqual({ step: 4.5, value: (0 + 1 + 2 + 3 + 4 + 5 + 6 + 0 + 1 + 2) / 10 });
    expect(few.reduce((sum, { value }) => sum + value, 0) / 100).toBeCloseTo(
      points.reduce((sum, { value }) => sum + value, 0) / 1000,
      10,
    );
    expect(thinned(points.slice(0, 50), 100)).toEqual(points.slice(0, 50));
  });

  it("smooths a step into a ramp and leaves constants alone", () => {
    const values = (list: number[], width: number) =>
      smoothed(
        list.map((value, step) => ({ step, value })),
        width,
      ).map(({ value }) => value);
    expect(values([0, 0, 0, 3, 3, 3], 3)).toEqual([0, 0, 1, 2, 3, 3]);
    expect(values([5, 5, 5], 3)).toEqual([5, 5, 5]);
    expect(values([1, 9], 0)).toEqual([1, 9]);
  });
});

describe("withoutOverlap", () => {
  const place = fc.record({ x: fc.integer({ min: 0, max: 200 }), y: fc.integer({ min: 0, max: 200 }) });

  it("keeps only what fits, and leaves out only what does not", () => {
    fc.assert(
      fc.property(fc.array(place, { maxLength: 60 }), (items) => {
        const kept = withoutOverlap(items, 30);
        const overlap = (a: { x: number; y: number }, b: { x: number; y: number }) =>
          Math.abs(a.x - b.x) < 30 && Math.abs(a.y - b.y) < 30;
        for (const item of items) {
          const rivals = kept.filter((other) => other !== item && overlap(item, other));
          expect(kept.includes(item) ? rivals.length === 0 : rivals.length > 0).toBe(true);
        }
      }),
    );
  });
});

describe("numbers", () => {
  it("are printed with the digits they deserve", () => {
    expect([percent(0.4731), percent(Number.NaN), percent(null)]).toEqual(["47.3\u202F%", "–", "–"]);
    expect([0, 0.123456, 4, 123.456, 0.00001234, 12345678, Number.NaN].map(significant)).toEqual([
      "0.00",
      "0.123",
      "4.00",
      "123",
      "1.23e-5",
      "1.23e+7",
      "–",
    ]);
  });
});
