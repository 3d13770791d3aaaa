import { duration } from "./output.js";

/** How far a training run is. */
export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly itemsPerSecond: number;
  readonly secondsLeft: number;
}

const WIDEST_BAR = 30;
const NARROWEST_BAR = 5;

/** Progress in words, each number in a place of its own so that lines stand below one another. */
export function progressText({ step, steps, loss, itemsPerSecond, secondsLeft }: TrainProgress): string {
  const done = `${step}`.padStart(`${steps}`.length);
  const rate = `${Math.round(itemsPerSecond)}`.padStart(5);
  return `step ${done}/${steps}  loss ${loss.toFixed(4)}  ${rate} items/s  ${duration(secondsLeft)} left`;
}

/** Progress as one line of a terminal: a bar as wide as there is room, then the words; no bar when there is none. */
export function progressLine(progress: TrainProgress, columns: number): string {
  const text = progressText(progress);
  const width = Math.min(WIDEST_BAR, columns - 1 - text.length - 3);
  if (width < NARROWEST_BAR) return text;
  const full = Math.floor((width * progress.step) / Math.max(1, progress.steps));
  return `[${"#".repeat(full)}${".".repeat(width - full)}] ${text}`;
}
