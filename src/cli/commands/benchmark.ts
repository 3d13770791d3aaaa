import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { SimileError } from "../../errors/index.js";
import {
  type Bench,
  benchmarkFiles,
  costOf,
  explainedStandings,
  openFolder,
  outcomeOf,
  type Plan,
  parsePlan,
  prepareBench,
  reportFiles,
  standingsMarkdown,
  work,
  writeBenchmarkReport,
} from "../../protocol/index.js";
import { runtimeInfo } from "../../run/index.js";
import { createOutput, duration, type Output } from "../output.js";

/** Flags of `simile benchmark`. */
export interface BenchmarkCommandOptions {
  readonly plan?: string;
  readonly losses?: string;
  readonly backbone?: string;
  readonly baseline?: string;
  readonly folds?: string;
  readonly trials?: string;
  readonly minutes?: string;
  readonly search?: string;
  readonly seeds?: string;
  readonly seed?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly cache?: string;
  readonly workers: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Help another process with its benchmark, silently. */
  readonly join?: boolean;
}

function wrong(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "wrong-arguments", where, expected, received, remedy });
}

/** `image.size=48` into nested settings. */
function settingsOf(assignments: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const text of assignments) {
    const at = text.indexOf("=");
    if (at < 1) throw wrong("--set", "path=value, such as steps=300", text, "put a value behind the path");
    const keys = text.slice(0, at).split(".");
    const last = keys.pop()!;
    const owner = keys.reduce((tree, key) => {
      tree[key] ??= {};
      return tree[key] as Record<string, unknown>;
    }, settings);
    owner[last] = parse(text.slice(at + 1));
  }
  return settings;
}

/** The plan that words and flags describe; undefined where they only name a folder to go on with. */
async function planOf(data: string | undefined, options: BenchmarkCommandOptions): Promise<unknown> {
  const file: Partial<Plan> = options.plan === undefined ? {} : parse(await readFile(options.plan, "utf8"));
  const numbers = (["folds", "trials", "minutes", "seeds", "seed"] as const).flatMap((name) =>
    options[name] === undefined ? [] : [[name, Number(options[name])] as const],
  );
  const texts = (["backbone", "baseline", "search"] as const).flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  );
  const given = {
    ...(data !== undefined && { data }),
    ...(options.losses !== undefined && { methods: options.losses.split(",").map((name) => name.trim()) }),
    ...Object.fromEntries([...texts, ...numbers]),
    ...(options.set !== undefined && { settings: { ...file.settings, ...settingsOf(options.set) } }),
  };
  const isNew = options.plan !== undefined || Object.keys(given).length > 0;
  return isNew ? { ...file, ...given } : undefined;
}

/** Compares methods fairly: equal tuning, classes never seen, seeds, intervals. Gives the exit code. */
export async function benchmarkCommand(data: string | undefined, options: BenchmarkCommandOptions): Promise<number> {
  const output = createOutput(options.json ?? false);
  const given = await planOf(data, options);
  const folder = options.out ?? join("runs", `benchmark-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}`);
  if (given === undefined && options.out === undefined) {
    throw wrong(
      "benchmark",
      "data and --losses, --plan, or the --out of one begun before",
      "none",
      "name what to compare",
    );
  }
  const plan = options.dryRun
    ? parsePlan(given ?? (await openFolder(folder, undefined)))
    : await openFolder(folder, given);
  const cache = options.cache ?? join("runs", "features");
  const bench = await prepareBench(plan, cache, (what, done, total) => output.status(`${what}: ${done} of ${total}`));
  if (options.dryRun) return dryRun(bench, Number(options.workers), output);
  if (options.join) return helpOut(folder, bench, options);
  const children = startHelpers(folder, cache, Number(options.workers) - 1);
  try {
    const workers = 1 + children.length;
    const finished = await work(folder, bench, {
      workers,
      onProgress: ({ done, total, secondsLeft }) => {
        const left = secondsLeft === undefined ? "" : `, about ${duration(secondsLeft / workers)} left`;
        output.status(`${done} of ${total} tasks${left}`);
      },
    });
    await finish(folder, bench, finished!, output);
  } finally {
    for (const child of children) child.kill();
  }
  return 0;
}

async function finish(
  folder: string,
  bench: Bench,
  finished: NonNullable<Awaited<ReturnType<typeof work>>>,
  output: Output,
): Promise<void> {
  const { version } = runtimeInfo();
  const outcome = outcomeOf(bench, finished, {
    command: `simile benchmark --plan ${benchmarkFiles.plan}`,
    createdAt: new Date().toISOString(),
    environment: { processor: cpus()[0]?.model ?? "unknown", "ONNX Runtime": version, Node: process.versions.node },
  });
  await writeBenchmarkReport(folder, outcome);
  const files = [...Object.values(benchmarkFiles), ...Object.values(reportFiles)].map((file) => join(folder, file));
  const standings = explainedStandings(outcome);
  output.result({ folder, files, standings }, `${standingsMarkdown(standings)}\n\n${join(folder, reportFiles.page)}`);
}

/** Other processes that take tasks of the same benchmark; they end with this one. */
function startHelpers(folder: string, cache: string, count: number): ChildProcess[] {
  if (!Number.isInteger(count) || count < 0) {
    throw wrong("--workers", "a whole number from 1", `${count + 1}`, "say how many processes work together");
  }
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const words = ["benchmark", "--out", folder, "--cache", cache, "--join"];
  return Array.from({ length: count }, () =>
    spawn(process.execPath, [main, ...words], { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
}

async function helpOut(folder: string, bench: Bench, { workers }: BenchmarkCommandOptions): Promise<number> {
  // Whoever started this process is gone.
  process.on("disconnect", () => process.exit(0));
  await work(folder, bench, { workers: Number(workers) });
  process.disconnect?.();
  return 0;
}

async function dryRun(bench: Bench, workers: number, output: Output): Promise<number> {
  const { plan, methods, division } = bench;
  output.status("timing a few steps");
  const cost = await costOf(bench);
  const spaces = methods.map(({ name, search }) => `  ${name}: ${Object.keys(search).join(", ")}`);
  const total = cost.trainings === undefined ? 60 * plan.minutes! : (cost.trainings * cost.secondsEach) / workers;
  const trainings =
    cost.trainings === undefined
      ? `as many trainings as fit into ${plan.minutes} minutes`
      : `${cost.trainings} trainings (${methods.length} methods x ${plan.folds} folds x (${plan.trials} trials + ${plan.seeds} seeds))`;
  const text = [
    `${division.dataset.name}: ${division.dataset.items.length} items, ${division.classes.length} classes; ${division.test.length} items kept for the test`,
    "tuned:",
    ...spaces,
    `${trainings}, each about ${cost.secondsEach.toFixed(1)} s: ${duration(total)} with ${workers} ${workers === 1 ? "process" : "processes"}`,
  ].join("\n");
  output.result({ plan, ...cost, seconds: total, workers }, text);
  return 0;
}
