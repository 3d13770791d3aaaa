import type { Diagnosis } from "./diagnose.js";

/** Scores of one embedding on one part of the data, by metric name (`R@1`, `MAP@R`, ...), each from 0 to 1. */
export type Scores = Readonly<Record<string, number>>;

/** The scores that reports and the command line show, the most important first; AUC and accuracy are of pairs. */
export const shownMetrics = ["AUC", "accuracy", "MAP@R", "R-Precision", "R@1", "R@2", "R@4", "R@8"] as const;

/** The metrics of {@link shownMetrics} that were measured. */
export function measuredMetrics(scores: Scores): string[] {
  return shownMetrics.filter((metric) => scores[metric] !== undefined);
}

/** What the data turned out to be. */
export interface DataSummary {
  readonly name: string;
  readonly kind: "image" | "vector";
  /** Items and classes of each part. */
  readonly parts: Readonly<
    Record<"train" | "validation" | "test", { readonly items: number; readonly classes: number }>
  >;
  /** Files left out, each with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Classes with a single item: nothing of their kind can be found, and nothing pulls them together. */
  readonly loneClasses: readonly string[];
  /** Of runs that learn from pairs: those of each part, and those left out because their items are in two parts. */
  readonly pairs?: Readonly<
    Record<"train" | "validation" | "test", { readonly alike: number; readonly unlike: number }>
  > & {
    readonly acrossParts: number;
  };
  /** What the data set itself says: what was left out, what is incomplete. */
  readonly notes?: readonly string[];
  /** Whom the data's licences ask to credit. */
  readonly credits: readonly { readonly work: string; readonly author: string; readonly licence: string }[];
}

/** Everything that happens in a training run, in order; the command line, the log and the report read nothing else. */
export type TrainEvent =
  | { readonly type: "prepare"; readonly done: number; readonly total: number; readonly what: string }
  | {
      readonly type: "start";
      readonly steps: number;
      /** 0, or the step that a resumed run goes on from. */
      readonly step: number;
      readonly batchSize: number;
      readonly stepsPerEpoch: number;
      readonly data: DataSummary;
      /** Of a pretrained backbone: its file, where features are taken, and how pictures are prepared for it. */
      readonly backbone?: string;
      /** Trained numbers in the model and in the loss. */
      readonly parameters: { readonly model: number; readonly loss: number };
    }
  | {
      readonly type: "step";
      /** Steps done, this one included. */
      readonly step: number;
      readonly loss: number;
      readonly learningRate: number;
      readonly itemsPerSecond: number;
    }
  | { readonly type: "validation"; readonly step: number; readonly scores: Scores; readonly best: boolean }
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | ({ readonly type: "diagnosis"; readonly step: number } & Diagnosis)
  | {
      readonly type: "test";
      /** Step of the evaluated parameters: the best on validation. */
      readonly step: number;
      readonly trained: Scores;
      readonly baselines: Readonly<Record<string, Scores>>;
      /** Of runs with pairs: distance up to which two items count as alike, chosen on the validation pairs. */
      readonly threshold?: number;
    }
  | {
      readonly type: "stopped";
      readonly step: number;
      readonly reason: "interrupted" | "no gain";
      readonly message: string;
    }
  | {
      readonly type: "done";
      readonly step: number;
      readonly folder: string;
      readonly files: readonly string[];
      readonly seconds: number;
    };

/** A {@link TrainEvent} with the time it happened, as `events.jsonl` holds it. */
export type LoggedEvent = TrainEvent & { readonly time: string };
