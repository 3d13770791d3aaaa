export * from "./schema.js";
export * from "./write.js";
