export * from "./dim.js";
export * from "./leaf.js";
export * from "./op.js";
export * from "./tensor.js";
export * from "./traverse.js";
