/** What an analysis of embeddings found, by names: what `simile analyse` prints as JSON and a report shows. */
export interface AnalysisSummary {
  readonly source: string;
  readonly distance: string;
  readonly items: number;
  readonly classes: number;
  readonly dimension: number;
  /** Mean cosine distance inside classes, between class means, and their ratio. */
  readonly density: { readonly intra: number; readonly inter: number; readonly ratio: number };
  readonly rho: number;
  readonly effectiveRank: number;
  /** Singular values over their sum, largest first. */
  readonly spectrum: readonly number[];
  readonly alignment: number;
  readonly uniformity: number;
  readonly hubness: {
    readonly k: number;
    readonly skewness: number;
    /** Share of items in nobody's list. */
    readonly antiHubs: number;
    /** How many items are in so many lists. */
    readonly occurrences: readonly { readonly occurrences: number; readonly items: number }[];
    /** The items in most lists. */
    readonly hubs: readonly { readonly name: string; readonly count: number }[];
  };
  /** Cumulative spectral gradient, and rows drawn a class. */
  readonly complexity: { readonly value: number; readonly samples: number };
  readonly scores: readonly {
    readonly name: string;
    readonly mean: number;
    readonly classMean: number;
    readonly worstClass: number;
  }[];
  /** Worst first. */
  readonly perClass: readonly {
    readonly name: string;
    readonly precisionAt1: number;
    readonly averagePrecisionAtR: number;
  }[];
  /** Most frequent first. */
  readonly confused: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly share: number;
  }[];
  /** Shares of pairs in equal bins of distance. */
  readonly distances: {
    readonly low: number;
    readonly high: number;
    readonly same: readonly number[];
    readonly different: readonly number[];
  };
  readonly lone: number;
  readonly notes: readonly string[];
}
