/** Simile's side of a suite, as a process of its own: `ours.ts SUITE THREADS`; the protocol is that of contest.ts. */
import { runtimeInfo } from "../src/run/index.js";
import { machine, openSuite } from "./suite.js";
import { answer } from "./turns.js";

const [name = "", threads = "2"] = process.argv.slice(2);
const suite = await openSuite(name);
const versions = { node: process.version.slice(1), "ONNX Runtime": runtimeInfo().version };
await answer({ ...suite.cases, ...machine }, Number(threads), () => versions);
