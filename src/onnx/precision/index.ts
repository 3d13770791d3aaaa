export { toDynamicInt8 } from "./dynamic.js";
export { floatsOf } from "./edit.js";
export { toFloat16 } from "./float16.js";
export { numberToHalf } from "./half.js";
export { calibratedValues, type Range, toStaticInt8 } from "./static.js";
