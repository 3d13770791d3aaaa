#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { watchStreams } from "./streams.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const json = process.argv.includes("--json");

/** Tells of an error. The imports wait until there is one. */
async function tell(error: unknown): Promise<void> {
  const [{ failureOf, failureText }, { clearStatus }] = await Promise.all([
    import("./failure.js"),
    import("./output.js"),
  ]);
  clearStatus();
  process.stderr.write(`${failureText(failureOf(error), json)}\n`);
}

watchStreams();
process.on("uncaughtException", (error) => void tell(error).finally(() => process.exit(1)));

/** Runs a command; heavy imports happen inside, so that help appears at once. */
function action<A extends unknown[]>(run: (...words: A) => Promise<number>) {
  return async (...words: A): Promise<void> => {
    try {
      process.exitCode = await run(...words);
    } catch (error) {
      await tell(error);
      process.exitCode = 1;
    }
  };
}

/** commander's own complaints (a missing argument, an unknown option) in the form of all others. */
function usageError(text: string): string {
  const message = text
    .replace(/^error: /, "")
    .trim()
    .replaceAll("\n", " ");
  return json ? `${JSON.stringify({ error: { code: "wrong-arguments", message } })}\n` : `simile: ${message}\n`;
}

const program = new Command("simile")
  .description("Metric learning: train an embedding on your data, test it on classes it never saw, use it.")
  .version(version)
  .configureHelp({ helpWidth: 80 })
  .configureOutput({ outputError: (text, write) => write(usageError(text)) })
  .addHelpText(
    "after",
    "\nExample:\n  simile train demo --steps 100\n\n`simile COMMAND --help` shows the options of one.",
  );

const distance = () =>
  new Option("--distance <name>", "how near embeddings are (default: as in training)").choices(["cosine", "euclidean"]);
const device = () =>
  new Option("--device <name>", "where the model runs").choices(["cpu", "webgpu", "cuda"]).default("cpu");

const TRAIN_EXAMPLES = `Examples:
  simile train ./photos --loss proxy-anchor --backbone resnet18 --steps 2000
  simile train --config run.yaml --loss.alpha 16 --out runs/alpha-16
  simile train --resume runs/alpha-16
`;

program
  .command("train")
  .summary("train an embedding and report on unseen classes")
  .description("Trains on a folder of class folders, an archive, a listing, a table of vectors, or a data set by name.")
  .usage("[data] [options]")
  .option("--config <file>", "YAML file of the configuration below; flags go over it")
  .option("--out <folder>", "folder of the run (default: runs/<data>-<time>)")
  .option("--resume <folder>", "go on with an interrupted run, bit for bit")
  .option("--overwrite", "allow --out to be a folder that holds something")
  .option("--json", "print events as JSON lines")
  .allowUnknownOption()
  .allowExcessArguments()
  .helpOption(false)
  .option("-h, --help", "list all options")
  .action(
    action(async (_: unknown, command: Command) => {
      const options = command.opts();
      const { configurationHelp, trainCommand } = await import("./commands/train.js");
      if (!options.help) return trainCommand(command.args, options);
      process.stdout.write(`${command.helpInformation()}\n${configurationHelp()}\n\n${TRAIN_EXAMPLES}`);
      return 0;
    }),
  );

const part = () =>
  new Option("--part <name>", "part of the run's own data").choices(["train", "validation", "test"]).default("test");
const seed = () => new Option("--seed <number>", "seed of everything drawn").default("0");
const exclude = () =>
  new Option(
    "--exclude <rule>",
    "whom a query must not meet: its class by its camera or in its group, or all of its sequence (default: camera where items have one)",
  ).choices(["none", "camera", "group", "sequence"]);
const report = () => new Option("--report <file>", "also write an HTML file");

program
  .command("evaluate <run> [data]")
  .summary("score a model by retrieval, clusters or pairs")
  .description(
    "Scores a run, a model, or a file of embeddings on the part of the run's data that was kept aside, or on another labelled data set. Items marked query and gallery search that way; docs/metrics.md defines every metric.",
  )
  .addOption(part())
  .option(
    "--metrics <names>",
    "of P@K, R@K, CMC@K, recall-share@K, NDCG@K, R-Precision, MAP@R, MAP, MAP-trapezoid, MRR, NMI, AMI, ARI, F1, purity, silhouette, triplet-accuracy",
    "P@1,R@1,R@2,R@4,R@8,R-Precision,MAP@R,MAP,MRR",
  )
  .option("--gallery <data>", "what the items search, when not each other")
  .addOption(exclude())
  .option("--pairs [file]", "verify pairs: those of the data, or a .csv with first, second, same and fold")
  .option("--far <rates>", "false accept rates to show for pairs", "0.1,0.01,0.001")
  .addOption(seed())
  .addOption(distance())
  .addOption(device())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile evaluate runs/photos ./other-photos --metrics R@1,MAP@R,NMI")
  .action(
    action(async (run: string, data: string | undefined, options) =>
      (await import("./commands/evaluate.js")).evaluateCommand(run, data, options),
    ),
  );

program
  .command("compare <systems...>")
  .summary("compare runs, models or embeddings on the same queries")
  .description(
    "Paired differences to the first system with intervals and corrected p-values. A system is a run, a model, or a file of embeddings of the same items.",
  )
  .option("--data <data>", "what every model embeds (default: the part of each run's own data)")
  .addOption(part())
  .option("--metrics <names>", "retrieval metrics, see evaluate", "R@1,MAP@R")
  .addOption(exclude())
  .addOption(report())
  .addOption(seed())
  .addOption(distance())
  .addOption(device())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile compare runs/before runs/after --data ./photos --report compared.html")
  .action(
    action(async (systems: string[], options) =>
      (await import("./commands/compare.js")).compareCommand(systems, options),
    ),
  );

program
  .command("benchmark [data]")
  .summary("compare methods fairly: equal tuning, unseen classes, intervals")
  .description(
    "Tunes every method alike by cross-validation over classes, trains the best setting of each again with several seeds, and tests on classes that nothing has seen. Kill it at any time; the same --out goes on.",
  )
  .option("--losses <names>", "methods: losses by name, or loss+miner, with commas between")
  .option("--backbone <file>", "ONNX model: its features are taken once, heads are trained over them")
  .option("--baseline <name>", "method that the others are compared with (default: the first)")
  .option("--folds <n>", "parts of the trainval classes, each validating in turn (default: 4)")
  .option("--trials <n>", "settings tried for every method (default: 20)")
  .option("--minutes <n>", "instead of --trials: as many, for all alike, as fit")
  .addOption(
    new Option("--search <name>", "how settings are chosen (default: bayesian)").choices(["bayesian", "random"]),
  )
  .option("--seeds <n>", "times each best setting is trained again (default: 3)")
  .option("--seed <n>", "decides every random choice (default: 1)")
  .option("--set <path=value...>", "what all methods train with, as in train: steps=300 batchSize=128")
  .option("--plan <file>", "YAML file of all this, with methods of your own; flags go over it")
  .option("--out <folder>", "folder of the benchmark; one begun before is gone on with")
  .option("--cache <folder>", "where features are kept", "runs/features")
  .option("--workers <n>", "processes that work together, one thread each", "1")
  .option("--dry-run", "print the plan and what it will cost")
  .addOption(new Option("--join", "take tasks of a benchmark that another process reports on").hideHelp())
  .option("--json", "print the result as JSON")
  .addHelpText(
    "after",
    "\nExample:\n  simile benchmark cars196 --backbone squeezenet.onnx --losses contrastive,triplet,multi-similarity+multi-similarity --workers 2",
  )
  .action(
    action(async (data: string | undefined, options) =>
      (await import("./commands/benchmark.js")).benchmarkCommand(data, options),
    ),
  );

program
  .command("calibrate <run> [data]")
  .summary("find the distance for a wanted rate of false matches")
  .description(
    "Two items up to this distance may be called the same. Tells its interval, and when the data cannot support the rate.",
  )
  .requiredOption("--fmr <rate>", "share of pairs of different classes that may pass, such as 1e-3")
  .option("--save", "keep the threshold with the run or model, for search")
  .addOption(part())
  .addOption(seed())
  .addOption(distance())
  .addOption(device())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile calibrate runs/photos ./more-photos --fmr 1e-3 --save")
  .action(
    action(async (run: string, data: string | undefined, options) =>
      (await import("./commands/calibrate.js")).calibrateCommand(run, data, options),
    ),
  );

program
  .command("analyse <run> [data]")
  .summary("look into embeddings: geometry, hubs, classes that fail")
  .description(
    "Density, spectrum, alignment, uniformity, hubness and complexity of a run's, a model's or a file's embeddings; worst and most confused classes.",
  )
  .addOption(part())
  .addOption(report())
  .addOption(seed())
  .addOption(distance())
  .addOption(device())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile analyse runs/photos --report analysis.html")
  .action(
    action(async (run: string, data: string | undefined, options) =>
      (await import("./commands/analyse.js")).analyseCommand(run, data, options),
    ),
  );

program
  .command("export <run>")
  .summary("write a model in a smaller form, measured")
  .description(
    "Writes the model of a run with float16 weights (half the size) or in whole numbers (a quarter), and shows what retrieval loses by it.",
  )
  .requiredOption("--precision <name>", "float16, int8 (ranges from calibration data) or int8-dynamic (needs no data)")
  .option("--calibration <data>", "data that decide the ranges of int8 (default: the run's training part)")
  .option("--data <data>", "labelled data to measure the loss on (default: the run's test part)")
  .option("--out <file>", "file to be written (default: model.PRECISION.onnx beside the model)")
  .addOption(device())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile export runs/photos --precision int8")
  .action(action(async (run: string, options) => (await import("./commands/export.js")).exportCommand(run, options)));

program
  .command("embed <run> <data>")
  .summary("write the embeddings of a data set to a file")
  .description("Embeds a folder of pictures (with or without class folders), an archive, a listing or a table.")
  .requiredOption("--out <file>", ".parquet (names, labels, embeddings), or .npy with a .names.jsonl beside it")
  .addOption(device())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile embed runs/photos ./photos --out photos.parquet")
  .action(
    action(async (run: string, data: string, options) =>
      (await import("./commands/embed.js")).embedCommand(run, data, options),
    ),
  );

program
  .command("search <run> <queries...>")
  .summary("find what is most like a picture or a vector")
  .description("Ranks an index by nearness to each query: a picture, or each row of a table of vectors.")
  .requiredOption("--index <source>", "what to search: a folder, archive or table, or a file written by embed")
  .option("-k <count>", "results for each query", "5")
  .option("--matches", "leave out what is farther than the threshold of `calibrate --save`")
  .option("--approximate", "search a graph of near items, not all (package usearch); tells how much that finds")
  .addOption(distance())
  .addOption(device())
  .option("--json", "print the results as JSON")
  .addHelpText("after", "\nExample:\n  simile search runs/photos --index photos.parquet query.jpg -k 10")
  .action(
    action(async (run: string, queries: string[], options) =>
      (await import("./commands/search.js")).searchCommand(run, queries, options),
    ),
  );

program
  .command("inspect <model>")
  .summary("look into an ONNX file before training it")
  .description(
    "Shows inputs, outputs, operators and weights of an ONNX file, which layers can be trained, and where features can be taken.",
  )
  .option("--json", "print all of it as JSON")
  .addHelpText("after", "\nExample:\n  simile inspect backbone.onnx")
  .action(
    action(async (model: string, options) => (await import("./commands/inspect.js")).inspectCommand(model, options)),
  );

program
  .command("profile")
  .summary("show where the time of a training step or of a model goes")
  .description(
    "Runs some training steps as `simile train` would take them on the same data and with the same flags, or an ONNX model on random input, and sums up the time by scope, by operator and by node. Nothing else is written.",
  )
  .usage("[data | run | model.onnx] [options of train]")
  .option("--steps <n>", "steps that count", "10")
  .option("--warmup <n>", "steps before them", "5")
  .option("--depth <n>", "levels of scopes to show", "3")
  .option("--config <file>", "YAML file of the configuration, as of train; flags go over it")
  .option("--sizes <name=n...>", "model.onnx: sizes that it leaves open, beside the batch (--batchSize)")
  .addOption(report())
  .option("--json", "print the result as JSON")
  .allowUnknownOption()
  .allowExcessArguments()
  .addHelpText(
    "after",
    "\nExamples:\n  simile profile demo --backbone resnet18 --batchSize 128\n  simile profile runs/photos --report profile.html\n  simile profile model.onnx --batchSize 1 --threads 1",
  )
  .action(
    action(async (_: unknown, command: Command) =>
      (await import("./commands/profile.js")).profileCommand(command.args, command.opts()),
    ),
  );

program
  .command("datasets [name]")
  .summary("list data sets: built in, found, and published ones that can be read")
  .description(
    "Lists the built-in data set, those in the folders of SIMILE_DATA and in ../shared/data, and the published ones; or shows a published one.",
  )
  .option("--json", "print the list as JSON")
  .addHelpText("after", "\nExamples:\n  SIMILE_DATA=/data simile datasets\n  simile datasets cub-200-2011")
  .action(
    action(async (name: string | undefined, options) =>
      (await import("./commands/datasets.js")).datasetsCommand(name, options),
    ),
  );

program
  .command("doctor")
  .summary("tell what this machine can do")
  .description("Tries out ONNX Runtime, each device and image decoding; the exit code is 1 when training cannot work.")
  .option("--json", "print the findings as JSON")
  .addHelpText("after", "\nExample:\n  simile doctor")
  .action(action(async (options) => (await import("./commands/doctor.js")).doctorCommand(options)));

const lists = {
  losses: "list losses, or show one with its options",
  miners: "list miners, or show one",
  samplers: "list batch samplers, or show one",
  distances: "list distances, or show one",
  reducers: "list reducers, or show one",
  regularizers: "list regularisers, or show one",
  backbones: "list backbones, or show one",
} as const;
for (const [kind, summary] of Object.entries(lists) as [keyof typeof lists, string][]) {
  program
    .command(`${kind} [name]`)
    .summary(summary)
    .option("--json", "print as JSON")
    .addHelpText("after", `\nExample:\n  simile ${kind}`)
    .action(
      action(async (name: string | undefined, options) =>
        (await import("./commands/list.js")).listCommand(kind, name, options),
      ),
    );
}

// commander's own help command would leave out what is made only when a command runs.
program
  .command("help [command]")
  .summary("show help for a command")
  .action(async (name: string | undefined) => {
    if (name !== undefined && !program.commands.some((command) => command.name() === name)) {
      program.error(`error: unknown command '${name}'`);
    }
    await program.parseAsync([...(name === undefined ? [] : [name]), "--help"], { from: "user" });
  });

await program.parseAsync();
