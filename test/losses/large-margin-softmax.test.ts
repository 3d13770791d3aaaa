import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { crossEntropyOf, multipliedAngle } from "../oracles/classifier.js";
import { cosineOf, euclideanNorm } from "../oracles/vectors.js";

const oracle = (m: number, lambda: number, scale: number) => (batch: OracleBatch) =>
  crossEntropyOf(batch, (q, label) =>
    batch.parameters.weight!.map((w, c) => {
      const cos = cosineOf(q, w);
      const value = c === label ? (lambda * cos + multipliedAngle(cos, m)) / (1 + lambda) : cos;
      return scale * euclideanNorm(q) * euclideanNorm(w) * value;
    }),
  );

lossLaws("large-margin-softmax", { oracle: oracle(4, 1000, 1) });
lossLaws("large-margin-softmax", { options: { annealing: false, margin: 2, scale: 1.5 }, oracle: oracle(2, 0, 1.5) });
