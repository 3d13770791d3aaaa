export * from "./choice.js";
export * from "./checkpoint.js";
export * from "./config.js";
export * from "./diagnose.js";
export * from "./events.js";
