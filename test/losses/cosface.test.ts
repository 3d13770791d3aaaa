import { lossLaws } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { cosineOf } from "../oracles/vectors.js";

lossLaws("cosface", {
  options: { scale: 12, margin: 0.2 },
  oracle: (batch) =>
    crossEntropyOf(batch, (q, label) =>
      batch.parameters.weight!.map((w, c) => 12 * (cosineOf(q, w) - (c === label ? 0.2 : 0))),
    ),
});
