import { describe, expect, it } from "vitest";
import { gramOfColumns } from "../../src/linalg/gram.js";
import { principalComponents } from "../../src/linalg/principal-components.js";
import { rowAt, rowCount } from "../../src/linalg/rows.js";
import { symmetricEigen } from "../../src/linalg/symmetric-eigen.js";
import { Random } from "../../src/rng/index.js";

function cloud(count: number, ...spreads: number[]) {
  const random = new Random(3);
  const data = Float64Array.from(
    { length: count * spreads.length },
    (_, at) => 5 + random.normal() * spreads[at % spreads.length]!,
  );
  return { data, dimension: spreads.length };
}

describe("symmetricEigen", () => {
  it("reproduces the matrix from its parts, largest eigenvalue first", () => {
    const matrix = gramOfColumns(cloud(20, 1, 2, 3, 4));
    const { values, vectors } = symmetricEigen(matrix, 4);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let entry = 0;
        for (let e = 0; e < 4; e++) entry += values[e]! * vectors[e * 4 + i]! * vectors[e * 4 + j]!;
        expect(entry).toBeCloseTo(matrix[i * 4 + j]!, 6);
      }
    }
  });
});

describe("principalComponents", () => {
  it("finds the line that points lie on", () => {
    const rows = { data: Float64Array.of(1, 1, 4, 5, 7, 9), dimension: 2 };
    const { mean, directions, shares, variances, projected } = principalComponents(rows, 2);
    expect([...mean]).toEqual([4, 5]);
    expect([...rowAt(directions, 0)]).toEqual([0.6, 0.8].map((value) => expect.closeTo(value, 12)));
    expect([...shares]).toEqual([1, 0].map((value) => expect.closeTo(value, 12)));
    expect(variances[0]).toBeCloseTo(50 / 3, 10);
    expect(Array.from(projected.data)).toEqual([-5, 0, 0, 0, 5, 0].map((value) => expect.closeTo(value, 12)));
  });

  it("gives uncorrelated coordinates whose variances are those reported", () => {
    const { projected, variances } = principalComponents(cloud(300, 1, 5, 2), 2);
    const covariance = gramOfColumns(projected).map((value) => value / 300);
    expect(covariance[0]).toBeCloseTo(variances[0]!, 8);
    expect(covariance[3]).toBeCloseTo(variances[1]!, 8);
    expect(covariance[1]).toBeCloseTo(0, 8);
    expect(variances[0]! / variances[1]!).toBeGreaterThan(3);
  });

  it("keeps to the dimensions there are, and survives rows that are all equal or absent", () => {
    expect(principalComponents(cloud(5, 1), 2).projected).toMatchObject({ dimension: 1 });
    const constant = principalComponents({ data: new Float32Array(12).fill(2), dimension: 3 }, 2);
    expect([...constant.shares]).toEqual([0, 0]);
    expect(Array.from(constant.projected.data)).toEqual(new Array(8).fill(0));
    expect(rowCount(principalComponents({ data: new Float64Array(), dimension: 3 }, 2).projected)).toBe(0);
  });
});
