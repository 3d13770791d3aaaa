import type { AnalysisSummary } from "./analysis.js";
import type { ProfileSummary } from "./profile.js";
import type { FactSheet, LearningCurves, SearchSummary, Standings } from "./standings.js";

/**
 * All that a report shows, as plain JSON values: nothing here refers to a run folder, a model or a data set, so that a report can
 * be made from any source and kept beside the numbers. Parts left out leave their section out.
 */
export interface ReportData {
  readonly title: string;
  /** One sentence under the title: what was trained, on what, for how long. */
  readonly description?: string;
  /** When the report was made, shown as given (ISO 8601 is suggested). */
  readonly createdAt?: string;
  readonly diagnoses?: readonly Diagnosis[];
  readonly comparison?: Comparison;
  readonly standings?: Standings;
  readonly analysis?: AnalysisSummary;
  readonly profile?: ProfileSummary;
  readonly training?: TrainingCurves;
  readonly searches?: readonly SearchSummary[];
  readonly learning?: readonly LearningCurves[];
  readonly neighbourSheets?: readonly NeighbourSheet[];
  readonly map?: EmbeddingMap;
  readonly data?: DataSummary;
  readonly parameters?: ParameterSummary;
  readonly facts?: readonly FactSheet[];
  /** The whole configuration as YAML text, enough to repeat the run. */
  readonly configuration?: string;
  readonly credits?: readonly Credit[];
  /** Name and version of each part the numbers depend on. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Something the reader should know before trusting the numbers. */
export interface Diagnosis {
  readonly severity: "note" | "warning" | "problem";
  readonly message: string;
  readonly remedy?: string;
}

/** The same metrics for the trained model and for what it has to beat. */
export interface Comparison {
  /** Names of the metrics, the most important first. */
  readonly metrics: readonly string[];
  readonly systems: readonly ComparedSystem[];
  /** What was measured on what, and what the intervals are. */
  readonly note?: string;
}

/** One row of the comparison. */
export interface ComparedSystem {
  readonly name: string;
  readonly role: "trained" | "baseline";
  /** One measurement a metric, in the order of `Comparison.metrics`; null where there is none. */
  readonly measurements: readonly (Measurement | null)[];
}

/** A share from 0 to 1, with the ends of its interval if known. */
export interface Measurement {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** What was seen during training. */
export interface TrainingCurves {
  /** `loss` is null where it was not finite. */
  readonly loss: readonly { readonly step: number; readonly loss: number | null }[];
  /** Metrics on the validation classes, shares from 0 to 1; each point may hold several metrics. */
  readonly validation: readonly { readonly step: number; readonly metrics: Readonly<Record<string, number>> }[];
  /** The step whose parameters were kept. */
  readonly bestStep?: number;
}

/** An image as a data URI (`data:image/png;base64,...`; also jpeg, webp, gif, avif) of about 64 to 128 pixels a side. */
export type Thumbnail = string;

/** A named choice of queries with what they retrieve. */
export interface NeighbourSheet {
  readonly title: string;
  readonly description?: string;
  readonly rows: readonly NeighbourRow[];
}

/** One query and its nearest neighbours, nearest first. */
export interface NeighbourRow {
  readonly query: SheetItem;
  readonly neighbours: readonly (SheetItem & { readonly distance: number; readonly right: boolean })[];
  /** How many right ones there were to find. */
  readonly relevant?: number;
}

/** An item as it appears on a sheet. */
export interface SheetItem {
  readonly label: string;
  /** File name or identifier. */
  readonly name?: string;
  readonly image?: Thumbnail;
}

/** The embedding in two dimensions. */
export interface EmbeddingMap {
  readonly points: readonly MapPoint[];
  /** How the two dimensions were found and what share of the variance they keep. */
  readonly note?: string;
}

/** One embedded item on the map. */
export interface MapPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly image?: Thumbnail;
}

/** What the run was fed. */
export interface DataSummary {
  readonly source?: string;
  readonly splits: readonly { readonly name: string; readonly classes: number; readonly samples: number }[];
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  /** Training classes that no batch ever held. */
  readonly classesNeverDrawn: readonly string[];
}

/** The parameters of the model, by group. */
export interface ParameterSummary {
  readonly groups: readonly {
    readonly name: string;
    readonly count: number;
    readonly trained: boolean;
    readonly learningRateMultiplier?: number;
  }[];
}

/** Somebody whose work is shown or used. */
export interface Credit {
  readonly work: string;
  readonly author: string;
  readonly licence: string;
  /** http or https; anything else is shown as text. */
  readonly url?: string;
}
