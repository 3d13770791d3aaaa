/** The peers' side of bench/suites/browser.ts: TensorFlow.js and jax-js, each in a page of its own. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPage } from "../browser/chromium.js";
import type { Case } from "../suite.js";
import { suite } from "../suites/browser.js";
import { answer } from "../turns.js";

const [threads = "1"] = process.argv.slice(2);
const packages = join(process.env.BENCH_PEERS ?? "", "node_modules");
const needed: Readonly<Record<string, readonly string[]>> = {
  tfjs: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
  jax: ["@jax-js/jax"],
};

/** Name and version of a package below the folder of --peers; undefined where it is not. */
function versionOf(name: string): string | undefined {
  const file = join(packages, name, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version : undefined;
}

function peerCase(name: string): Case {
  return {
    async make() {
      const [where = "", side = "", ...step] = name.split("/");
      const missing = needed[side]!.filter((each) => versionOf(each) === undefined);
      if (missing.length > 0) throw new Error(`${missing.join(", ")} not installed (--peers FOLDER)`);
      const settings = { provider: where.replace(/\d$/, ""), threads: Number(where.at(-1)) || 1, step: step.join("/") };
      const page = await openPage({ side, settings, packages, isolated: settings.threads > 1 });
      return { run: () => page.run(), release: () => page.close(), timesItself: true };
    },
  };
}

const cases = Object.fromEntries(Object.keys(suite.cases).map((name) => [name, peerCase(name)]));
const versions = () =>
  Object.fromEntries(
    Object.values(needed)
      .flat()
      .flatMap((name) => {
        const version = versionOf(name);
        return version === undefined ? [] : [[name, version]];
      }),
  );
await answer(cases, Number(threads), versions);
