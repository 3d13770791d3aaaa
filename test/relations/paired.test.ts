import { expect, test } from "vitest";
import { pairedRelation } from "../../src/relations/index.js";
import { compile } from "../../src/run/index.js";

/** Rows: an alike pair of group 1, an unlike pair of groups 1 and 2, an alike pair of group 3. */
const rows = [1, 1, -1, -2, 3, 3];

async function related(unlisted: "ignore" | "negatives") {
  const program = await compile(
    ({ rows: x }) => {
      const { positive, negative } = pairedRelation(x!, { unlisted });
      return { outputs: { positive, negative } };
    },
    { rows: { shape: [6], dtype: "int64" } },
  );
  const found = await program.run({ rows: BigInt64Array.from(rows, BigInt) });
  await program.release();
  const matrix = (data: ArrayLike<number | bigint>) =>
    rows.map((_, row) => rows.map((_, column) => Number(data[row * 6 + column])).join(""));
  return { positive: matrix(found.positive!.data), negative: matrix(found.negative!.data) };
}

test("relates the two rows of a pair, and nothing else", async () => {
  expect(await related("ignore")).toEqual({
    positive: ["010000", "100000", "000000", "000000", "000001", "000010"],
    negative: ["000000", "000000", "000100", "001000", "000000", "000000"],
  });
});

test("takes rows of different groups as negatives when asked; of one group nothing is known", async () => {
  expect(await related("negatives")).toEqual({
    positive: ["010000", "100000", "000000", "000000", "000001", "000010"],
    negative: ["000111", "000111", "000111", "111011", "111100", "111100"],
  });
});
