import type { RuleTable } from "../call.js";
import { activationRules } from "./activation.js";
import { controlRules } from "./control.js";
import { convRules } from "./conv.js";
import { elementwiseRules } from "./elementwise.js";
import { movementRules } from "./movement.js";
import { padRules } from "./pad.js";
import { poolRules } from "./pool.js";

/** Every operator that can be read, by name; those of other domains than ONNX's as `domain.Operator`. */
export const opRules: RuleTable = {
  ...elementwiseRules,
  ...activationRules,
  ...movementRules,
  ...padRules,
  ...convRules,
  ...poolRules,
  ...controlRules,
};
