import { lossLaws } from "../laws/loss.js";
import { cosineOf, total } from "../oracles/vectors.js";

lossLaws("proxy-anchor", {
  options: { alpha: 8 },
  oracle: ({ query, labels, parameters: { proxies } }) => {
    const pull = proxies!.map((p, c) => {
      const own = query.filter((_, i) => labels[i] === c);
      return Math.log(1 + total(own.map((q) => Math.exp(-8 * (cosineOf(q, p) - 0.1)))));
    });
    const push = proxies!.map((p, c) => {
      const others = query.filter((_, i) => labels[i] !== c);
      return Math.log(1 + total(others.map((q) => Math.exp(8 * (cosineOf(q, p) + 0.1)))));
    });
    return total(pull) / new Set(labels).size + total(push) / proxies!.length;
  },
});
