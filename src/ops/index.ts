export * from "./cast.js";
export { type Operand, toTensor } from "./define.js";
export * from "./elementwise.js";
export * from "./matmul.js";
export * from "./movement.js";
export * from "./reduce.js";
export * from "./select.js";
