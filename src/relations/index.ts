export * from "./classes.js";
export * from "./continuous.js";
export * from "./explicit.js";
export * from "./hierarchy.js";
export * from "./rank.js";
export * from "./relation.js";
export * from "./slots.js";
export * from "./triplet-counts.js";
