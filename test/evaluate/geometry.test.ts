import { describe, expect, it } from "vitest";
import {
  calinskiHarabasz,
  daviesBouldin,
  density,
  type Rows,
  silhouettes,
  singularSpectrum,
  spectralDecay,
} from "../../src/evaluate/index.js";

const line: Rows = { data: Float64Array.of(0, 1, 10, 12), dimension: 1 };
const pairs = Int32Array.of(0, 0, 1, 1);

function circle(...degrees: number[]): Rows {
  const angles = degrees.map((degree) => (degree * Math.PI) / 180);
  return { data: Float64Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])), dimension: 2 };
}

describe("the worked numbers of the documentation", () => {
  it("silhouette, Davies-Bouldin and Calinski-Harabasz on a line", () => {
    expect(silhouettes(line, pairs)[0]).toBeCloseTo(10 / 11, 12);
    expect(daviesBouldin(line, pairs)).toBeCloseTo(1.5 / 10.5, 12);
    expect(calinskiHarabasz(line, pairs)).toBeCloseTo(88.2, 12);
  });

  it("density and spectral decay of four points on the circle", () => {
    const points = circle(30, -30, 210, 150);
    const { intra, inter, ratio } = density(points, pairs);
    expect([intra, inter, ratio]).toEqual([0.5, 2, 0.25].map((value) => expect.closeTo(value, 12)));
    const sum = Math.sqrt(3) + 1;
    expect([...singularSpectrum(points)]).toEqual(
      [Math.sqrt(3) / sum, 1 / sum].map((value) => expect.closeTo(value, 12)),
    );
    expect(spectralDecay(points)).toBeCloseTo(0.03725, 5);
    expect(spectralDecay({ data: Float64Array.of(0.8, 0, 0, 0.2), dimension: 2 })).toBeCloseTo(0.22314, 5);
  });
});

describe("degenerate embeddings", () => {
  it("gives 0 silhouette to a sample alone in its group, and NaN where there is only one group", () => {
    expect(silhouettes(line, Int32Array.of(0, 0, 0, 1))[3]).toBe(0);
    expect([...silhouettes(line, new Int32Array(4))]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(daviesBouldin(line, new Int32Array(4))).toBeNaN();
    expect(calinskiHarabasz(line, new Int32Array(4))).toBeNaN();
  });

  it("gives 0 silhouette where all points coincide", () => {
    expect([...silhouettes({ data: new Float64Array(4), dimension: 1 }, pairs)]).toEqual([0, 0, 0, 0]);
  });

  it("leaves classes of one sample out of the intra-class density", () => {
    const three = circle(0, 60, 180);
    expect(density(three, Int32Array.of(0, 0, 1)).intra).toBeCloseTo(0.5, 12);
    expect(density(three, Int32Array.of(0, 1, 2)).intra).toBeNaN();
  });

  it("has infinite decay for a collapsed direction, 0 for a flat spectrum", () => {
    expect(spectralDecay({ data: Float64Array.of(1, 0, 2, 0), dimension: 2 })).toBe(Number.POSITIVE_INFINITY);
    expect(spectralDecay({ data: Float64Array.of(1, 0, 2, 0), dimension: 2 }, { direction: "to-uniform" })).toBeCloseTo(
      Math.log(2),
      12,
    );
    expect(spectralDecay(circle(0, 90))).toBeCloseTo(0, 12);
  });

  it("refuses rows without labels, and a matrix of zeros", () => {
    expect(() => silhouettes(line, Int32Array.of(0, 1))).toThrow(/silhouettes: expected one label a row/);
    expect(() => spectralDecay({ data: new Float64Array(4), dimension: 2 })).toThrow(/all zero/);
  });
});
