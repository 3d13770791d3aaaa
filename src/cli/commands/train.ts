import { configSchema } from "../../train/index.js";
import { type Failure, failureText } from "../failure.js";
import { describeFlags } from "../flag-help.js";
import { flagsOf } from "../flags.js";
import { clearStatus, createOutput } from "../output.js";
import { readJob, type TrainCommandOptions } from "../train-job.js";
import { TrainPrinter } from "../train-printer.js";
import { runTraining } from "../training.js";

/** Help text of all configuration flags. */
export function configurationHelp(): string {
  const flags = flagsOf(configSchema).filter(({ path }) => path !== "data");
  return `${describeFlags(flags, "Configuration (each also a line of the YAML file)")}

Options of what is chosen by name: --loss.alpha 2, --backbone.width 32;
\`simile losses NAME\`, \`simile backbones NAME\` and so on list them. What is
chosen inside them likewise: --loss.distance lp --loss.distance.power 2,
--loss cross-batch-memory --loss.loss triplet --loss.loss.margin 0.1. Entries of
lists by number: --loss weighted-sum --loss.losses.0.loss triplet
--loss.losses.1.loss angular --loss.losses.1.weight 2.`;
}

/** A word as a shell takes it back. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function reportFailure(failure: Failure, json: boolean): number {
  clearStatus();
  process.stderr.write(`${failureText(failure, json)}\n`);
  return 1;
}

/** Trains, and shows how it goes. Gives the exit code: 130 for a run that was stopped and can be resumed. */
export async function trainCommand(words: readonly string[], options: TrainCommandOptions): Promise<number> {
  const job = await readJob(words, options);
  const output = createOutput(options.json ?? false);
  const printer = new TrainPrinter(output);
  const end = await runTraining(job, {
    onEvent: (event) => printer.show(event),
    onStopping: () => output.line("stopping after this step; press Ctrl-C again to stop at once"),
  });
  switch (end.type) {
    case "failed":
      return reportFailure(end.failure, output.json);
    case "interrupted":
      output.line(`stopped at step ${end.step}; continue with: simile train --resume ${quoted(job.folder)}`);
      return 130;
    case "done":
      return 0;
  }
}
