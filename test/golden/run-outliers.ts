import { constant } from "../../src/graph/index.js";
import { subcenterOutliers } from "../../src/losses/index.js";
import { asNumber, asNumbers, asRecord, asTensor, type GoldenCase } from "./format.js";
import type { Computed, GraphCase } from "./graph-case.js";
import { radians } from "./peer-losses/classes.js";
import { compareSets, compareTensor, type PartResult } from "./tolerance.js";

/** What the peer calls the search for outliers of sub-centre ArcFace, beside its losses. */
export const outlierLoss = "SubCenterArcFaceLoss.get_outliers";

/** Samples far from the dominant centre of their class. */
export const outliers = {
  trace: (graph: GraphCase, { config, inputs, case: where }: GoldenCase): void => {
    const params = asRecord(config.params, where);
    const { shape, data } = asTensor(asRecord(inputs.weights, where).W, where);
    const { outlier, dominant } = subcenterOutliers(
      graph.tensor("embeddings", asTensor(inputs.embeddings, where)),
      graph.integers("labels", asNumbers(inputs.labels, where)),
      constant(data, { shape }).transpose(),
      {
        centersPerClass: asNumber(params.sub_centers, where),
        angleRadians: radians(asNumber(params.threshold, where)),
      },
    );
    Object.assign(graph.outputs, { outlier: outlier.cast("float64"), dominant: dominant.transpose() });
  },
  compare: ({ expected, case: where }: GoldenCase, { outlier, dominant }: Computed): PartResult[] => {
    const found = [...outlier!.data].flatMap((value, i) => (value > 0 ? [[i]] : []));
    const wanted = asNumbers(expected.outliers, where).map((i) => [i]);
    return [
      compareSets("outliers", found, wanted),
      compareTensor("dominant centres", dominant!.data, asTensor(expected.dominantCenters, where).data, 1e-9),
    ];
  },
};
