import { createMember, memberChoice } from "../registry/index.js";
import { reducers } from "./index.js";
import type { Reducer } from "./reducer.js";

function isReducer(value: unknown): value is Reducer {
  return typeof value === "object" && value !== null && "reduce" in value;
}

/** Option that takes a reducer: one that was made, its name, or its name and options. */
export const reducerOption = memberChoice(() => reducers, isReducer, "reducer").transform(
  (choice): Reducer => createMember(reducers, isReducer, choice),
);
