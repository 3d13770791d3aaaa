export * from "./activation.js";
export * from "./arithmetic.js";
export * from "./comparison.js";
export * from "./functions.js";
