import { binaryRows, choiceRows, unaryRows } from "./rows-elementwise.js";
import { imageRows } from "./rows-image.js";
import { matmulRows } from "./rows-matmul.js";
import { creationRows, movementRows } from "./rows-movement.js";
import { reduceRows } from "./rows-reduce.js";
import { selectRows } from "./rows-select.js";
import type { Row } from "./sample.js";

/** Every function of `src/ops`, with the samples that prove its values and gradients. A new op is one row. */
export const rows: Readonly<Record<string, Row>> = {
  ...unaryRows,
  ...binaryRows,
  ...choiceRows,
  ...reduceRows,
  ...movementRows,
  ...creationRows,
  ...matmulRows,
  ...selectRows,
  ...imageRows,
};
