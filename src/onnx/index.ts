export { defaultFeatures, valueCalled } from "./features.js";
export * from "./import/index.js";
export * from "./precision/index.js";
export * from "./schema.js";
export * from "./write.js";
