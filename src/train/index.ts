export * from "./checkpoint.js";
export * from "./choice.js";
export * from "./config.js";
export * from "./diagnose.js";
export * from "./events.js";
