import type { RuleTable } from "../call.js";
import { activationRules } from "./activation.js";
import { controlRules } from "./control.js";
import { convRules } from "./conv.js";
import { elementwiseRules } from "./elementwise.js";
import { arithmeticFolds, type Fold } from "./fold.js";
import { movementFolds } from "./fold-movement.js";
import { matmulRules } from "./matmul.js";
import { movementRules } from "./movement.js";
import { normaliseRules } from "./normalise.js";
import { padRules } from "./pad.js";
import { poolRules } from "./pool.js";
import { recurrentRules } from "./recurrent.js";
import { reduceRules } from "./reduce.js";
import { resizeRules } from "./resize.js";
import { selectRules } from "./select.js";

/** Every operator that can be read, by name; those of other domains than ONNX's as `domain.Operator`. */
export const opRules: RuleTable = {
  ...elementwiseRules,
  ...activationRules,
  ...movementRules,
  ...padRules,
  ...convRules,
  ...poolRules,
  ...reduceRules,
  ...matmulRules,
  ...normaliseRules,
  ...selectRules,
  ...resizeRules,
  ...recurrentRules,
  ...controlRules,
};

/** Operators whose numbers are computed while the graph is built, where all that they need is known. */
export const foldRules: Readonly<Record<string, Fold>> = { ...arithmeticFolds, ...movementFolds };
