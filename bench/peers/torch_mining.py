"""The peer's side of bench/suites/mining.ts: pytorch-metric-learning."""
import sys

import turns

DIMENSION, PER_CLASS = 128, 4


def made(name):
    from pytorch_metric_learning import miners

    return {
        "batch-hard": lambda: miners.BatchHardMiner(),
        "batch-easy-hard": lambda: miners.BatchEasyHardMiner(pos_strategy="easy", neg_strategy="semihard"),
        "multi-similarity": lambda: miners.MultiSimilarityMiner(),
        "triplet-margin": lambda: miners.TripletMarginMiner(margin=0.2, type_of_triplets="all"),
        "semi-hard": lambda: miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard"),
        "pair-margin": lambda: miners.PairMarginMiner(),
        "angular": lambda: miners.AngularMiner(),
        "distance-weighted": lambda: miners.DistanceWeightedMiner(),
        "hard-aware-cascade": lambda: miners.HDCMiner(),
        "uniform-histogram": lambda: miners.UniformHistogramMiner(),
    }[name]()


def case(name):
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    kind, batch = name.split("/")
    batch = int(batch)
    miner = made(kind)
    labels = torch.arange(batch) // PER_CLASS
    centres = torch.randn(batch // PER_CLASS, DIMENSION)
    x = torch.nn.functional.normalize(torch.randn(batch, DIMENSION) + centres[labels])
    return lambda: miner(x, labels)


turns.answer(case)
