import type { Measurement } from "./data.js";

/** Several methods compared with one of them: what a benchmark or a comparison of runs ends with. */
export interface Standings {
  /** Names of the metrics, the most important first: the pictures show that one. */
  readonly metrics: readonly string[];
  /** Best first. */
  readonly methods: readonly StandingMethod[];
  /** The method that the others are compared with. */
  readonly baseline?: string;
  /** What was measured on what, and what the intervals hold for. */
  readonly note?: string;
  /** What the differences, their intervals and their p-values are. */
  readonly differencesNote?: string;
  readonly ranks?: RankSummary;
}

/** One method of the standings; lists are in the order of `Standings.metrics`, null where there is nothing. */
export interface StandingMethod {
  readonly name: string;
  readonly scores: readonly (Measurement | null)[];
  /** Left out for the baseline. */
  readonly differences?: readonly (MeasuredDifference | null)[];
}

/** A difference to the baseline, as a share (0.01 is one percentage point). */
export interface MeasuredDifference extends Measurement {
  readonly pValue?: number;
  /** Corrected for the number of methods compared. */
  readonly adjustedPValue?: number;
  /** In standard deviations of the paired differences. */
  readonly effect?: number;
}

/** How far the order of the methods can be trusted. */
export interface RankSummary {
  /** Rank 1 is the best; same methods as in the standings, best first. */
  readonly methods: readonly {
    readonly name: string;
    readonly rank: Measurement;
    /** How often it came first, a share. */
    readonly first: number;
  }[];
  /** Probability of ranks this far apart were all methods alike (Friedman's test over the test classes). */
  readonly alike?: number;
  readonly note?: string;
}

/** What one method was tuned over, and how it went. */
export interface SearchSummary {
  readonly method: string;
  /** The score that was maximised, such as `MAP@R on validation classes`. */
  readonly objective: string;
  readonly parameters: readonly SearchedParameter[];
  readonly trials: readonly SearchTrial[];
}

/** One tuned setting. */
export interface SearchedParameter {
  readonly name: string;
  /** Numbers from `low` to `high`, drawn on a log scale if `log`; otherwise `choices`. */
  readonly low?: number;
  readonly high?: number;
  readonly log?: boolean;
  readonly choices?: readonly string[];
  /** What it is when nothing is tuned. */
  readonly initial?: number | string;
}

/** One setting that was tried. */
export interface SearchTrial {
  /** By name of the parameter. */
  readonly values: Readonly<Record<string, number | string>>;
  /** Null where it failed. */
  readonly score: number | null;
  /** Whether its setting was taken for the final runs. */
  readonly chosen?: boolean;
}

/** How one method's validation score went over the steps, one course a run. */
export interface LearningCurves {
  readonly method: string;
  readonly metric: string;
  readonly courses: readonly (readonly { readonly step: number; readonly value: number }[])[];
}

/** A titled list of facts, such as the plan of a benchmark or the machine it ran on. */
export interface FactSheet {
  readonly title: string;
  readonly facts: Readonly<Record<string, string>>;
}
