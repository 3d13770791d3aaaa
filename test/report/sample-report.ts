import type { ReportData } from "../../src/report/index.js";

/** One grey pixel. */
export const PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=";

/** Every part of a report, small, with `text` wherever a name, label, file or message goes. */
export function sampleReport(text: string): Required<ReportData> {
  return {
    title: text,
    description: text,
    createdAt: text,
    diagnoses: [
      { severity: "note", message: text },
      { severity: "problem", message: text, remedy: text },
    ],
    comparison: {
      metrics: [text, "R@1"],
      note: text,
      systems: [
        { name: text, role: "trained", measurements: [{ value: 0.4731, low: 0.461, high: 0.485 }, { value: 0.6 }] },
        { name: "raw pixels", role: "baseline", measurements: [{ value: 0.2 }, null] },
      ],
    },
    standings: {
      metrics: [text, "R@1"],
      baseline: text,
      note: text,
      differencesNote: text,
      methods: [
        {
          name: "better",
          scores: [{ value: 0.52, low: 0.5, high: 0.54 }, null],
          differences: [
            { value: 0.0321, low: 0.01, high: 0.05, pValue: 0.0004, adjustedPValue: 0.0012, effect: 0.61 },
            null,
          ],
        },
        { name: text, scores: [{ value: 0.4879 }, { value: 0.9 }] },
        { name: "worse", scores: [{ value: 0.3 }, { value: 0.8 }], differences: [{ value: -0.1879 }, { value: -0.1 }] },
      ],
      ranks: {
        note: text,
        alike: 0.0123,
        methods: [
          { name: "better", rank: { value: 1, low: 1, high: 2 }, first: 0.875 },
          { name: text, rank: { value: 2 }, first: 0.125 },
        ],
      },
    },
    searches: [
      {
        method: text,
        objective: text,
        parameters: [
          { name: text, low: 1e-4, high: 0.1, log: true },
          { name: "miner", choices: [text, "none"] },
        ],
        trials: [
          { values: { [text]: 0.001, miner: "none" }, score: 0.2 },
          { values: { [text]: 0.01, miner: text }, score: 0.3, chosen: true },
          { values: { [text]: 0.05, miner: text }, score: null },
        ],
      },
      { method: text, objective: text, parameters: [], trials: [] },
    ],
    learning: [
      {
        method: text,
        metric: text,
        courses: [
          [
            { step: 0, value: 0.1 },
            { step: 5, value: 0.4 },
          ],
        ],
      },
    ],
    facts: [{ title: text, facts: { [text]: text } }],
    profile: {
      source: text,
      steps: 3,
      warmup: 1,
      total: 10,
      fastest: 9,
      slowest: 11,
      host: [{ name: text, milliseconds: 1 }],
      between: 0.5,
      unattributed: 0.25,
      scopes: [
        { name: text, forward: 3, backward: 4, inside: [{ name: text, forward: 2, backward: 4, inside: [] }] },
        { name: "loss", forward: 1, backward: 0, inside: [] },
      ],
      operators: [{ op: text, count: 2, milliseconds: 8 }],
      nodes: [{ name: text, op: text, milliseconds: 8, inputs: [text], outputs: [text] }],
    },
    analysis: {
      source: "birds",
      distance: "cosine",
      items: 60,
      classes: 4,
      dimension: 8,
      density: { intra: 0.2, inter: 0.9, ratio: 0.2222 },
      rho: 0.41,
      effectiveRank: 5.3,
      spectrum: [0.4, 0.2, 0.12, 0.1, 0.08, 0.05, 0.03, 0.02],
      alignment: 0.4,
      uniformity: -2.1,
      hubness: {
        k: 10,
        skewness: 1.2,
        antiHubs: 0.05,
        occurrences: [
          { occurrences: 0, items: 3 },
          { occurrences: 8, items: 40 },
          { occurrences: 31, items: 17 },
        ],
        hubs: [{ name: "a <hub>.png", count: 31 }],
      },
      complexity: { value: 0.7, samples: 15 },
      scores: [{ name: "P@1", mean: 0.8, classMean: 0.79, worstClass: 0.4 }],
      perClass: Array.from({ length: 14 }, (_, i) => ({
        name: `bird ${i} & co`,
        precisionAt1: 0.4 + i / 50,
        averagePrecisionAtR: 0.3 + i / 50,
      })),
      confused: [{ from: "wren", to: "<b>tit</b>", count: 7, share: 0.3 }],
      distances: { low: 0, high: 1.2, same: [0.6, 0.3, 0.1, 0], different: [0.05, 0.15, 0.3, 0.5] },
      lone: 0,
      notes: [],
    },
    training: {
      loss: [
        { step: 1, loss: 2 },
        { step: 2, loss: null },
        { step: 3, loss: 1 },
      ],
      validation: [
        { step: 0, metrics: { [text]: 0.1 } },
        { step: 3, metrics: { [text]: 0.3 } },
      ],
      bestStep: 3,
    },
    neighbourSheets: [
      {
        title: text,
        description: text,
        rows: [
          {
            query: { label: text, name: text, image: PIXEL },
            neighbours: [
              { label: text, name: text, image: PIXEL, distance: 0.1234, right: true },
              { label: text, distance: 0.5, right: false },
            ],
            relevant: 2,
          },
        ],
      },
    ],
    map: {
      points: [
        { x: 0, y: 0, label: text, image: PIXEL },
        { x: 1, y: 2, label: "b" },
      ],
      note: text,
    },
    data: {
      source: text,
      splits: [{ name: text, classes: 3, samples: 1234 }],
      skipped: [{ file: text, reason: text }],
      classesNeverDrawn: [text],
    },
    parameters: { groups: [{ name: text, count: 1000, trained: true, learningRateMultiplier: 10 }] },
    configuration: text,
    credits: [{ work: text, author: text, licence: text, url: text }],
    versions: { [text]: text },
  };
}
