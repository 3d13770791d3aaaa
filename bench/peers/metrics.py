"""The peers' side of bench/suites/metrics.ts: pytorch-metric-learning's calculator, the same in plain PyTorch, and scikit-learn."""
import sys

import turns

# Rows that search at once.
BLOCK = 512


def pml(x, labels):
    import torch
    from pytorch_metric_learning import distances
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
    from pytorch_metric_learning.utils.inference import CustomKNN

    # Its default search needs faiss; this one is its own.
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"),
        k="max_bin_count",
        device=torch.device("cpu"),
        knn_func=CustomKNN(distances.CosineSimilarity(), batch_size=1024),
    )
    return lambda: calculator.get_accuracy(x, labels)


def plain(x, labels):
    import torch

    counts = labels.bincount()
    relevant = counts[labels] - 1
    depth = int(relevant.max())

    def score(rows, start):
        scores = rows[start : start + BLOCK] @ rows.T
        own = torch.arange(len(scores))
        scores[own, own + start] = -2
        found = scores.topk(depth).indices
        total = relevant[start : start + BLOCK, None]
        ranks = torch.arange(1, depth + 1)
        hits = ((labels[found] == labels[start : start + BLOCK, None]) & (ranks <= total)).float()
        precision = (hits.cumsum(1) / ranks * hits).sum(1) / total[:, 0]
        return torch.stack([hits[:, 0], hits.sum(1) / total[:, 0], precision]).sum(1)

    def step():
        rows = torch.nn.functional.normalize(x)
        return (sum(score(rows, start) for start in range(0, len(x), BLOCK)) / len(x)).tolist()

    return step


def retrieval(peer, size, per_class):
    import torch

    count, dimension = map(int, size.split("x"))
    x = torch.randn(count, dimension)
    labels = torch.arange(count) // int(per_class)
    return {"pml": pml, "torch": plain}[peer](x, labels)


def scikit_learn(kind, size, classes):
    import numpy
    from sklearn import cluster, metrics

    random = numpy.random.default_rng(1)
    classes = int(classes)
    if kind == "k-means":
        count, dimension = map(int, size.split("x"))
        x = random.standard_normal((count, dimension), dtype=numpy.float32)
        return lambda: cluster.KMeans(classes, n_init=1, max_iter=20, tol=0, algorithm="lloyd").fit(x)
    one, other = random.integers(classes, size=(2, int(size)))
    score = {"nmi": metrics.normalized_mutual_info_score, "ami": metrics.adjusted_mutual_info_score}[kind]
    return lambda: score(one, other)


def case(name):
    peer, kind, size, groups = name.split("/")
    if peer == "sklearn":
        return scikit_learn(kind, size, groups)
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    return retrieval(peer, size, groups)


turns.answer(case)
