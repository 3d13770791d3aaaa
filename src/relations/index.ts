export * from "./classes.js";
export * from "./explicit.js";
export * from "./rank.js";
export * from "./relation.js";
export * from "./triplet-counts.js";
