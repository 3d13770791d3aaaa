import { lossLaws } from "../laws/loss.js";
import { crossEntropyOf } from "../oracles/classifier.js";
import { cosineOf } from "../oracles/vectors.js";

// With unit vectors d^2 = 2 - 2 cos: a normalised softmax of half the temperature.
lossLaws("proxy-nca-plus-plus", {
  oracle: (batch) => crossEntropyOf(batch, (q) => batch.parameters.proxies!.map((p) => 18 * cosineOf(q, p))),
});
