export * from "./precision/index.js";
export * from "./schema.js";
export * from "./write.js";
