export { type Device, type DeviceOptions, runtimeInfo } from "./device.js";
export { draw } from "./draw.js";
export { foldModel } from "./fold.js";
export { type ModelFile, openModelFile } from "./model-file.js";
export * from "./program.js";
export { openSessions } from "./sessions.js";
export { Trace, type TracedKernel, type TracedNode, type TracedRun, type TracedSession } from "./trace.js";
export { Variables } from "./variables.js";
