import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderReport } from "../../src/report/index.js";
import { emojiReport } from "./emoji-report.js";
import { PIXEL, sampleReport } from "./sample-report.js";
import { tagsOf } from "./well-formed.js";

const page = await renderReport(sampleReport("plain"));

describe("the whole page", () => {
  it("is well formed, has one first heading, and no heading skips a level", () => {
    const levels = tagsOf(page).flatMap(({ name }) => (/^h\d$/.test(name) ? [Number(name[1])] : []));
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    levels.forEach((level, at) => {
      expect(level).toBeLessThanOrEqual((levels[at - 1] ?? 0) + 1);
    });
  });

  it("has unique identifiers, and its table of contents leads to all of its sections", () => {
    const tags = tagsOf(page);
    const identifiers = tags.flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(identifiers).size).toBe(identifiers.length);
    const sections = tags.filter(({ name }) => name === "section").map(({ attributes }) => `#${attributes.get("id")}`);
    const links = tags.flatMap(({ attributes }) => attributes.get("href") ?? []);
    expect(sections).toHaveLength(22);
    expect(links).toEqual(expect.arrayContaining(sections));
  });

  it("runs nothing and loads nothing", () => {
    const tags = tagsOf(page);
    const scripts = tags.filter(({ name }) => name === "script");
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.every(({ attributes }) => attributes.get("type") === "application/json")).toBe(true);
    expect(tags.filter(({ name }) => ["link", "iframe", "object", "embed"].includes(name))).toEqual([]);
    for (const { attributes } of tags) {
      for (const source of ["src", "xlink:href"]) expect(attributes.get(source) ?? "data:").toMatch(/^data:/);
      expect([...attributes.keys()].filter((key) => /^on/i.test(key))).toEqual([]);
    }
    expect(page).not.toMatch(/@import|url\(/);
    expect(page).toContain("default-src &#39;none&#39;");
  });

  it("says in words what pictures say: alternatives for images and figures, right and wrong not by colour alone", () => {
    const tags = tagsOf(page);
    const images = tags.filter(({ name }) => name === "img");
    expect(images.length).toBeGreaterThan(0);
    expect(images.every(({ attributes }) => (attributes.get("alt") ?? "") !== "")).toBe(true);
    const roles = tags.filter(({ attributes }) => attributes.get("role") === "img");
    expect(roles.every(({ attributes }) => (attributes.get("aria-label") ?? "") !== "")).toBe(true);
    expect(page).toContain('alt="neighbour 1, right: plain"');
    expect(page).toContain('aria-label="neighbour 2, wrong: plain"');
    expect(page).toMatch(/aria-label="Bar chart[^"]*plain, plain 47\.3\u202F%/);
    expect(page).toMatch(/aria-label="Line chart of the training loss/);
    expect(page).toMatch(/aria-label="[^"]*better \+3\.21 points, p 0\.001; worse −18\.79 points/);
    expect(page).toMatch(/aria-label="[^"]*better rank 1\.0, first in 87\.5\u202F% of the draws/);
  });

  it("shows the numbers it was given", () => {
    for (const shown of [
      "47.3\u202F%",
      "46.1–48.5",
      "2.4×",
      "0.123",
      "1 of 2 found",
      "1,234",
      "1 file was skipped",
      "× 10",
      "+3.21",
      "all methods are alike: p 0.012",
      "+1.00 to +5.00",
      "&lt; 0.001",
      "−18.79",
      "87.5\u202F%",
      "0.0001 to 0.1 (log)",
    ]) {
      expect(page).toContain(shown);
    }
  });

  it("keeps each figure's specification, readable as JSON and without theme variables", () => {
    const blocks = [...page.matchAll(/<script type="application\/json" id="([\w-]+)">(.*?)<\/script>/gs)];
    expect(blocks.map(([, id]) => id).sort()).toEqual(
      [
        "classes",
        "comparison",
        "differences",
        "distances",
        "embedding-map",
        "hubness",
        "icicle",
        "learning-0",
        "ranks",
        "spectrum",
        "standings",
        "training-loss",
        "trials-0",
        "validation",
      ].map((name) => `${name}-specification`),
    );
    for (const [, , json = ""] of blocks) {
      expect(JSON.parse(json)).toMatchObject({ $schema: expect.stringContaining("vega-lite") });
      expect(json).not.toContain("var(--");
    }
  });
});

describe("hostile text", () => {
  const attacks = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script></style></title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "' onmouseover='alert(1)",
    "<!-- &lt; ]]> &#60;",
    "constructor",
    "a\u0000b\u202Egnp.exe \uD800",
  ];

  it.each(attacks)("%j is shown and never understood", async (attack) => {
    const tags = tagsOf(await renderReport(sampleReport(attack)));
    const outline = tagsOf(page).map(({ name }) => name);
    expect(tags.map(({ name }) => name)).toEqual(outline);
    for (const { attributes } of tags) {
      expect(attributes.get("href") ?? "#").toMatch(/^#/);
      expect([...attributes.keys()].filter((key) => /^on/i.test(key))).toEqual([]);
    }
  });

  it("holds for any text", async () => {
    const outline = tagsOf(page).map(({ name }) => name);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (text) => {
        const rendered = await renderReport({ ...sampleReport(text), training: sampleReport("plain").training });
        expect(tagsOf(rendered).map(({ name }) => name)).toEqual(outline);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
        expect(rendered).not.toMatch(/[\u0000-\u0008\u202A-\u202E\u2066-\u2069]/);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    "https://example.org/cat.png",
    "javascript:alert(1)",
    "data:image/svg+xml;base64,AAAA",
    'data:image/png;base64,A" onload="x',
  ])("refuses the image %j", async (image) => {
    const report = sampleReport("plain");
    const points = [{ x: 0, y: 0, label: "cat", image }];
    await expect(renderReport({ ...report, map: { points } })).rejects.toThrow(/map: cat: expected a data URI/);
    const rows = [{ query: { label: "cat", image }, neighbours: [] }];
    await expect(renderReport({ title: "t", neighbourSheets: [{ title: "sheet", rows }] })).rejects.toThrow(
      /sheet: cat/,
    );
  });

  it("links ordinary web addresses only", async () => {
    const credits = ["https://example.org/a?b=1&c=2", "javascript:alert(1)"].map((url) => ({
      work: "w",
      author: "a",
      licence: "l",
      url,
    }));
    const rendered = await renderReport({ title: "t", credits });
    expect(rendered).toContain('<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">w</a>');
    expect(rendered).toContain("w (javascript:alert(1))");
  });
});

describe("parts left out", () => {
  it("leave no trace: a title alone is a page", async () => {
    const bare = await renderReport({ title: "Nothing yet" });
    expect(tagsOf(bare).filter(({ name }) => ["section", "aside", "figure", "table"].includes(name))).toEqual([]);
    expect(bare).toContain("<h1>Nothing yet</h1>");
  });

  it("may be empty in themselves", async () => {
    const empty = await renderReport({
      title: "t",
      comparison: { metrics: [], systems: [] },
      standings: { metrics: [], methods: [], ranks: { methods: [] } },
      searches: [{ method: "m", objective: "o", parameters: [], trials: [] }],
      learning: [{ method: "m", metric: "o", courses: [] }],
      facts: [{ title: "f", facts: {} }],
      training: { loss: [], validation: [] },
      neighbourSheets: [{ title: "none", rows: [] }],
      map: { points: [] },
      data: { splits: [], skipped: [], classesNeverDrawn: [] },
      parameters: { groups: [] },
      configuration: "",
      versions: {},
    });
    expect(() => tagsOf(empty)).not.toThrow();
    expect(empty).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("puts problems before notes, and long lists out of the way", async () => {
    expect(page.indexOf("severity-problem")).toBeLessThan(page.indexOf("severity-note"));
    const skipped = Array.from({ length: 20 }, (_, at) => ({ file: `${at}.png`, reason: "truncated" }));
    const long = await renderReport({ title: "t", data: { splits: [], skipped, classesNeverDrawn: [] } });
    expect(long).toContain("<summary>20 files were skipped</summary>");
  });
});

it("is plain JSON: what was written and read back gives the same page", async () => {
  const report = sampleReport("plain");
  expect(await renderReport(JSON.parse(JSON.stringify(report)))).toBe(await renderReport(report));
});

it("renders real thumbnails and neighbours", async () => {
  const rendered = await renderReport(await emojiReport(12));
  const tags = tagsOf(rendered);
  expect(tags.filter(({ attributes }) => attributes.get("class") === "thumbnail").length).toBeGreaterThan(20);
  expect(tags.filter(({ name }) => name === "image").length).toBeGreaterThan(5);
  expect(rendered).not.toContain(PIXEL);
});
