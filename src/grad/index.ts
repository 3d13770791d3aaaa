export * from "./grad.js";
export * from "./print.js";
export * from "./simplify.js";
