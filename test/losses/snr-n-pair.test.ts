import { lossLaws } from "../laws/loss.js";
import { snrDistance } from "../oracles/snr.js";
import { average, total } from "../oracles/vectors.js";

lossLaws("snr-n-pair", {
  ordered: "takes the first pair of each class",
  oracle: ({ query, labels, positives }) => {
    const first = labels.flatMap((label, i) => (labels.indexOf(label) === i && positives(i).length > 0 ? [i] : []));
    const pairs = first.map((i) => [query[i]!, query[positives(i)[0]!]!] as const);
    const values = pairs.map(([a, p]) =>
      Math.log(total(pairs.map(([, y]) => Math.exp(snrDistance(a, p) - snrDistance(a, y))))),
    );
    return average(values) + 0.005 * average(query.map((q) => Math.abs(total(q))));
  },
});
