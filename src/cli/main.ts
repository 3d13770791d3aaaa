#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

// A reader that has seen enough (head, a closed pager) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

/** Runs a command; heavy imports happen inside, so that help appears at once. */
function action<A extends unknown[]>(run: (...words: A) => Promise<number>) {
  return async (...words: A): Promise<void> => {
    try {
      process.exitCode = await run(...words);
    } catch (error) {
      const { reportError } = await import("./output.js");
      reportError(error, process.argv.includes("--json"));
      process.exitCode = 1;
    }
  };
}

const program = new Command("simile")
  .description("Metric learning: train an embedding on your data, test it on classes it never saw, use it.")
  .version(version)
  .showHelpAfterError("(simile --help lists the commands)")
  .configureHelp({ helpWidth: 80 });

const distance = () =>
  new Option("--distance <name>", "how near embeddings are").choices(["cosine", "euclidean"]).default("cosine");

program
  .command("train")
  .summary("train an embedding and report on unseen classes")
  .description("Trains on a folder of class folders, an archive, a listing, a table of vectors, or a data set by name.")
  .usage("[data] [options]")
  .option("--config <file>", "YAML file of the options below; flags go first")
  .option("--out <folder>", "folder of the run (default: runs/<data>-<time>)")
  .option("--resume <folder>", "go on with an interrupted run, bit for bit")
  .option("--overwrite", "allow --out to be a folder that holds something")
  .option("--json", "print events as JSON lines")
  .allowUnknownOption()
  .allowExcessArguments()
  .addHelpText("after", "\nExample:\n  simile train ./photos --loss proxy-anchor --backbone resnet18 --steps 2000\n")
  .helpOption(false)
  .option("-h, --help", "list all options")
  .action(
    action(async (_: unknown, command: Command) => {
      const options = command.opts();
      const { configurationHelp, trainCommand } = await import("./commands/train.js");
      if (!options.help) return trainCommand(command.args, options);
      process.stdout.write(
        `${command.helpInformation()}\n${configurationHelp()}\n\nExample:\n  simile train ./photos --loss proxy-anchor --backbone resnet18 --steps 2000\n`,
      );
      return 0;
    }),
  );

program
  .command("evaluate <run> [data]")
  .summary("score a model by retrieval")
  .description(
    "Scores the model of a run on the part of its data that was kept aside, or on another labelled data set.",
  )
  .addOption(
    new Option("--part <name>", "part of the run's own data").choices(["train", "validation", "test"]).default("test"),
  )
  .addOption(distance())
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile evaluate runs/photos ./other-photos")
  .action(
    action(async (run: string, data: string | undefined, options) =>
      (await import("./commands/evaluate.js")).evaluateCommand(run, data, options),
    ),
  );

program
  .command("embed <run> <data>")
  .summary("write the embeddings of a data set to a file")
  .requiredOption("--out <file>", ".parquet (names, labels, embeddings) or .npy")
  .option("--json", "print the result as JSON")
  .addHelpText("after", "\nExample:\n  simile embed runs/photos ./photos --out photos.parquet")
  .action(
    action(async (run: string, data: string, options) =>
      (await import("./commands/embed.js")).embedCommand(run, data, options),
    ),
  );

program
  .command("search <run> <queries...>")
  .summary("find what is most like a picture")
  .requiredOption("--index <source>", "what to search: a folder or archive of pictures, or a file written by embed")
  .option("-k <count>", "results for each query", "5")
  .addOption(distance())
  .option("--json", "print the results as JSON")
  .addHelpText("after", "\nExample:\n  simile search runs/photos --index photos.parquet query.jpg -k 10")
  .action(
    action(async (run: string, queries: string[], options) =>
      (await import("./commands/search.js")).searchCommand(run, queries, options),
    ),
  );

program
  .command("datasets")
  .summary("list data sets that are built in or were found")
  .option("--json", "print the list as JSON")
  .addHelpText("after", "\nExample:\n  SIMILE_DATA=/data simile datasets")
  .action(action(async (options) => (await import("./commands/datasets.js")).datasetsCommand(options)));

program
  .command("doctor")
  .summary("tell what this machine can do")
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

await program.parseAsync();
