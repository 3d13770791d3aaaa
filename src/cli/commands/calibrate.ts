import { classIndex, isVectorFile } from "../../data/index.js";
import { type Calibration, calibrateThreshold } from "../../evaluate/index.js";
import type { Estimate } from "../../stats/index.js";
import { storeCalibration } from "../calibration.js";
import { type JudgeOptions, openJudged, wrongArguments } from "../judged.js";
import { createOutput, percent, table } from "../output.js";
import { rate } from "./evaluate.js";

/** Flags of `simile calibrate`. */
export interface CalibrateOptions extends JudgeOptions {
  /** The wanted false match rate. */
  readonly fmr: string;
  readonly save?: boolean;
  readonly seed: string;
}

/** Finds the distance at which two items may be called the same with a wanted rate of false matches. */
export async function calibrateCommand(
  run: string,
  data: string | undefined,
  options: CalibrateOptions,
): Promise<number> {
  const output = createOutput(options.json ?? false);
  const falseMatchRate = rate(options.fmr, "--fmr");
  if (options.save && isVectorFile(run)) {
    throw wrongArguments(
      "--save",
      "a run or a model to keep the threshold with",
      `the file ${run}`,
      "leave --save out, and use the threshold printed",
    );
  }
  const rows = await openJudged(run, data, options, output);
  const { labels } = classIndex(rows.items);
  const found = await calibrateThreshold(rows, labels, {
    falseMatchRate,
    distance: rows.distance,
    device: options.device,
    seed: Number(options.seed),
    onProgress: (done, total) => output.status(`comparing: ${done} of ${total}`),
  });
  const { threshold } = found;
  const saved = options.save
    ? await storeCalibration(run, {
        distance: rows.distance,
        threshold: threshold.value,
        low: threshold.low,
        high: threshold.high,
        falseMatchRate,
        observedRate: found.falseMatchRate,
        trueMatchRate: found.trueMatchRate.value,
        supported: found.supported,
        data: rows.source,
      })
    : undefined;
  const json = { source: rows.source, distance: rows.distance, ...found, ...(saved && { saved }) };
  output.result(json, describe(rows.source, rows.distance, found, saved));
  return 0;
}

function describe(source: string, distance: string, found: Calibration, saved: string | undefined): string {
  const { threshold, trueMatchRate, falseMatches, differentPairs, samePairs, classes } = found;
  const range = ({ low, high }: Estimate, show: (value: number) => string) => `${show(low)} to ${show(high)}`;
  const digits = (value: number) => value.toFixed(4);
  return [
    `${source}: ${differentPairs} pairs of two classes and ${samePairs} of one, ${classes} classes, ${distance} distance`,
    table(
      ["", "", "95 % interval"],
      [
        ["same up to distance", digits(threshold.value), range(threshold, digits)],
        [
          "false matches",
          `${percentage(found.falseMatchRate)} (${falseMatches})`,
          `wanted ${percentage(found.wanted)}`,
        ],
        ["true matches", percent(trueMatchRate.value), range(trueMatchRate, percent)],
      ],
    ),
    found.supported
      ? "the interval is of classes drawn again; it holds for classes like these"
      : `these data cannot support this rate: ${found.reason}; the smallest rate they can is about ${percentage(found.smallestRate)}`,
    ...(saved ? [`saved to ${saved}; \`simile search\` marks results up to this distance`] : []),
  ].join("\n");
}

/** Small shares with two digits. */
function percentage(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
