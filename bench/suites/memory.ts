import { networkStep } from "../networks.js";
import type { Suite } from "../suite.js";
import { headStep } from "./losses.js";

export const suite: Suite = {
  title: "memory of large batches, one training step",
  peer: { name: "PyTorch", script: "torch_memory.py" },
  cases: {
    "multi-similarity/4096": headStep({ loss: "multi-similarity" }, 4096),
    "triplet+semi-hard/1024": headStep(
      {
        loss: "triplet",
        options: { margin: 0.2, distance: { name: "lp" } },
        miner: ["triplet-margin", { margin: 0.2, triplets: "semi-hard" }],
      },
      1024,
    ),
    "train/conv4-64/512": networkStep("conv4", 64, 512),
    "train/resnet18-224/16": networkStep("resnet18", 224, 16),
    "train/resnet50-224/16": networkStep("resnet50", 224, 16),
  },
};
