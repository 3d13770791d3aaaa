import { parentPort } from "node:worker_threads";
import { type ImageJob, runImageJob } from "./image-job.js";

// The program of a thread of ImagePool; nothing may import it, for its importer would answer in its stead.
const port = parentPort!;
let last = Promise.resolve();
port.on("message", (job: ImageJob) => {
  // One job after the other, in the order they came.
  last = last.then(async () => {
    const reply = await runImageJob(job);
    port.postMessage(reply, [reply.pixels.buffer as ArrayBuffer]);
  });
});
