import { createMember, memberChoice } from "../registry/index.js";
import { regularizers } from "./index.js";
import type { Regularizer } from "./regularizer.js";

function isRegularizer(value: unknown): value is Regularizer {
  return typeof value === "object" && value !== null && "term" in value;
}

/** Option that takes a regularizer: one that was made, its name, or its name and options. */
export const regularizerOption = memberChoice(() => regularizers, isRegularizer, "regularizer").transform(
  (choice): Regularizer => createMember(regularizers, isRegularizer, choice),
);
