"""Further reference vectors from pytorch-metric-learning 2.8.1, with inputs and options drawn by a seed.

    PYTHONPATH=<its src> python3 bench/peers/golden_cases.py FOLDER [SEED [CASES_PER_KIND]]
    npx tsx scripts/golden.ts FOLDER

Writes files in the format of the golden vectors (metric-learning-golden/1) into FOLDER/losses, miners, reducers,
regularizers and distances: labels with singletons, one class, all different, one dimension, two samples, separate
references, index tuples, every distance, reducer and regularizer, and random values of all parameters. What the peer
refuses is recorded as an error.
"""

import json
import os
import random
import sys
import warnings

import numpy as np
import torch
from pytorch_metric_learning import distances, losses, miners, reducers, regularizers

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
# HistogramLoss casts to float32 inside.
torch.Tensor.float = torch.Tensor.double

folder = sys.argv[1]
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
per_kind = int(sys.argv[3]) if len(sys.argv) > 3 else 24
rng = random.Random(seed)
numbers = np.random.RandomState(seed)


def number(x):
    x = float(x)
    return x if np.isfinite(x) else ("NaN" if np.isnan(x) else ("Infinity" if x > 0 else "-Infinity"))


def tensor(x):
    return {"shape": list(x.shape), "data": [number(v) for v in x.detach().reshape(-1).tolist()]}


def plain(value):
    """Parameters as JSON holds them."""
    return number(value) if isinstance(value, float) else value


def rows(count, dimension, scale=1.0):
    """Normally distributed, in multiples of 1/1024."""
    return torch.tensor(np.round(numbers.randn(count, dimension) * scale * 1024) / 1024)


SHAPES = [(12, 8), (9, 5), (16, 3), (7, 1), (2, 4), (3, 6), (20, 10), (10, 2)]


def labels_of(count, kind, classes):
    if kind == "one class":
        return [rng.randrange(classes)] * count
    if kind == "all different":
        return rng.sample(range(max(classes, count)), count)
    if kind == "singletons":
        half = [rng.randrange(2) for _ in range(count // 2)]
        return half + [2 + i for i in range(count - len(half))]
    return [rng.randrange(classes) for _ in range(count)]


# --- parts ------------------------------------------------------------------------------------------------------------


def any_distance(allowed=("lp", "cosine", "dot", "snr"), dimension=9):
    kind = rng.choice(allowed)
    # The variance of one number is none, and that of two often nearly 0: distances of 1e5 underflow in the peer.
    if kind == "snr" and dimension < 3:
        kind = "lp"
    power = rng.choice([1, 1, 1, 2])
    if kind == "lp":
        p = rng.choice([2, 2, 1, 3, 1.5])
        return distances.LpDistance(p=p, power=power, normalize_embeddings=rng.random() < 0.6)
    if kind == "cosine":
        return distances.CosineSimilarity(power=power)
    if kind == "dot":
        return distances.DotProductSimilarity(normalize_embeddings=rng.random() < 0.5, power=1)
    return distances.SNRDistance(normalize_embeddings=rng.random() < 0.5, power=power)


def describe_distance(d):
    return {
        "type": type(d).__name__,
        "normalize_embeddings": d.normalize_embeddings,
        "p": d.p,
        "power": d.power,
        "is_inverted": d.is_inverted,
    }


def any_reducer():
    kind = rng.choice(["mean", "sum", "nonzero", "threshold", "divisor", "class", "anchor"])
    if kind == "mean":
        return reducers.MeanReducer()
    if kind == "sum":
        return reducers.SumReducer()
    if kind == "nonzero":
        return reducers.AvgNonZeroReducer()
    if kind == "threshold":
        low, high = rng.choice([(0.1, None), (None, 0.8), (0.05, 1.2), (0.2, 3)])
        return reducers.ThresholdReducer(low=low, high=high)
    if kind == "divisor":
        return reducers.DivisorReducer()
    if kind == "class":
        return reducers.ClassWeightedReducer(torch.tensor([round(rng.uniform(0.2, 3), 3) for _ in range(24)]))
    inner = rng.choice([None, reducers.SumReducer(), reducers.AvgNonZeroReducer()])
    return reducers.PerAnchorReducer(inner) if inner else reducers.PerAnchorReducer()


def describe_reducer(r):
    name = type(r).__name__
    if name in ("ThresholdReducer", "AvgNonZeroReducer"):
        return {"type": name, "low": r.low, "high": r.high}
    if name == "ClassWeightedReducer":
        return {"type": name, "weights": [float(w) for w in r.weights]}
    if name == "PerAnchorReducer":
        return {"type": name, "reducer": describe_reducer(r.reducer)}
    if name == "MultipleReducers":
        return {
            "type": name,
            "reducers": {k: describe_reducer(v) for k, v in r.reducers.items()},
            "default_reducer": describe_reducer(r.default_reducer),
        }
    return {"type": name}


def any_regularizer(on_classes=False):
    kind = rng.choice(["lp", "zero", "center"] + (["face"] if on_classes else []))
    if kind == "lp":
        return regularizers.LpRegularizer(p=rng.choice([1, 2, 3]), power=rng.choice([1, 2]))
    if kind == "zero":
        return regularizers.ZeroMeanRegularizer()
    if kind == "center":
        return regularizers.CenterInvariantRegularizer()
    return regularizers.RegularFaceRegularizer()


def describe_regularizer(r):
    described = {
        "type": type(r).__name__,
        "distance": describe_distance(r.distance),
        "reducer": describe_reducer(r.reducer),
    }
    for name in ("p", "power", "num_classes", "centers_per_class"):
        if hasattr(r, name):
            described[name] = getattr(r, name)
    return described


# --- losses -----------------------------------------------------------------------------------------------------------

uniform = rng.uniform

# name: (parameters by chance, distances that it takes or None for its own, needs classes, refs, tuples)
LOSSES = {
    "ContrastiveLoss": (lambda: dict(pos_margin=uniform(0, 0.6), neg_margin=uniform(0.4, 1.5)), "any", False, True, "both"),
    "TripletMarginLoss": (
        lambda: dict(margin=uniform(0.02, 0.6), swap=rng.random() < 0.3, smooth_loss=rng.random() < 0.3),
        "any", False, True, "both",
    ),
    "MultiSimilarityLoss": (lambda: dict(alpha=uniform(0.5, 4), beta=uniform(2, 50), base=uniform(0, 1)), "any", False, True, "both"),
    "CircleLoss": (lambda: dict(m=uniform(0.1, 0.5), gamma=uniform(4, 128)), None, False, True, "both"),
    "NTXentLoss": (lambda: dict(temperature=uniform(0.05, 1.5)), "any", False, True, "both"),
    "SupConLoss": (lambda: dict(temperature=uniform(0.05, 1.5)), "any", False, True, "both"),
    "NCALoss": (lambda: dict(softmax_scale=uniform(0.5, 10)), "any", False, True, "both"),
    "NPairsLoss": (lambda: dict(), "any", False, False, "both"),
    "LiftedStructureLoss": (lambda: dict(neg_margin=uniform(0.5, 1.5), pos_margin=uniform(0, 0.4)), "any", False, True, "both"),
    "GeneralizedLiftedStructureLoss": (
        lambda: dict(neg_margin=uniform(0.5, 1.5), pos_margin=uniform(0, 0.4)), "any", False, True, "both",
    ),
    "MarginLoss": (
        lambda: dict(
            margin=uniform(0.1, 0.4),
            nu=rng.choice([0, 0.1]),
            beta=uniform(0.6, 1.3),
            learn_beta=rng.random() < 0.6,
            num_classes=rng.choice([None, 24]),
        ),
        "any", False, True, "both",
    ),
    "AngularLoss": (lambda: dict(alpha=uniform(20, 50)), None, False, True, "both"),
    "TupletMarginLoss": (lambda: dict(margin=uniform(2, 10), scale=uniform(4, 64)), None, False, True, "both"),
    "IntraPairVarianceLoss": (lambda: dict(pos_eps=uniform(0, 0.2), neg_eps=uniform(0, 0.2)), "any", False, True, "both"),
    "FastAPLoss": (lambda: dict(num_bins=rng.choice([5, 10, 17])), None, False, False, "both"),
    "HistogramLoss": (lambda: dict(n_bins=rng.choice([5, 20, 50])), None, False, False, "both"),
    "RankedListLoss": (
        lambda: dict(margin=uniform(0.2, 0.6), Tn=uniform(0, 3), imbalance=uniform(0, 1), alpha=uniform(0.8, 1.4), Tp=uniform(0, 2)),
        None, False, False, None,
    ),
    "PNPLoss": (
        lambda: dict(b=uniform(1.5, 3), alpha=uniform(0.5, 5), anneal=uniform(0.05, 0.5), variant=rng.choice(["Ds", "Dq", "Iu", "Ib", "O"])),
        None, False, False, None,
    ),
    "ThresholdConsistentMarginLoss": (
        lambda: dict(lambda_plus=uniform(0.2, 2), lambda_minus=uniform(0.2, 2), margin_plus=uniform(0.5, 1), margin_minus=uniform(0, 0.6)),
        None, False, False, "both",
    ),
    "InstanceLoss": (lambda: dict(gamma=uniform(1, 64)), None, False, False, None),
    "SignalToNoiseRatioContrastiveLoss": (lambda: dict(pos_margin=uniform(0, 0.3), neg_margin=uniform(0.3, 1.5)), None, False, True, "both"),
    "ArcFaceLoss": (lambda: dict(margin=uniform(5, 60), scale=uniform(4, 64)), None, True, False, "both"),
    "CosFaceLoss": (lambda: dict(margin=uniform(0, 0.6), scale=uniform(4, 64)), None, True, False, "both"),
    "SubCenterArcFaceLoss": (lambda: dict(margin=uniform(5, 60), scale=uniform(4, 64), sub_centers=rng.choice([1, 2, 4])), None, True, False, "both"),
    "SphereFaceLoss": (lambda: dict(margin=rng.choice([1, 2, 3, 4]), scale=uniform(0.5, 3)), None, True, False, "both"),
    "LargeMarginSoftmaxLoss": (lambda: dict(margin=rng.choice([1, 2, 3, 4]), scale=uniform(0.5, 3)), None, True, False, "both"),
    "NormalizedSoftmaxLoss": (lambda: dict(temperature=uniform(0.05, 1)), "any", True, False, "both"),
    "ProxyNCALoss": (lambda: dict(softmax_scale=uniform(0.5, 5)), "any", True, False, "both"),
    "ProxyAnchorLoss": (lambda: dict(margin=uniform(0, 0.4), alpha=uniform(4, 40)), "any", True, False, "both"),
    "SoftTripleLoss": (
        lambda: dict(centers_per_class=rng.choice([2, 3, 5]), la=uniform(5, 30), gamma=uniform(0.05, 1), margin=uniform(0, 0.2)),
        ("cosine",), True, False, "both",
    ),
    "P2SGradLoss": (lambda: dict(), None, True, False, None),
}
CLASSES = 24


def tuple_of(kind, labels, ref_labels):
    """Random pairs or triplets that agree with the labels."""
    others = labels if ref_labels is None else ref_labels
    pairs = [(i, j) for i in range(len(labels)) for j in range(len(others)) if ref_labels is not None or i != j]
    positive = [(i, j) for i, j in pairs if labels[i] == others[j]]
    negative = [(i, j) for i, j in pairs if labels[i] != others[j]]
    if kind == "pairs":
        chosen = [rng.sample(x, min(len(x), rng.randrange(1, 12))) for x in (positive, negative)]
        return [list(column) for x in chosen for column in (zip(*x) if x else ([], []))]
    triplets = [(i, j, k) for i, j in positive for q, k in negative if q == i]
    chosen = rng.sample(triplets, min(len(triplets), rng.randrange(1, 15)))
    return [list(column) for column in zip(*chosen)] if chosen else [[], [], []]


def describe_loss(name, loss, given):
    params = {"embedding_reg_weight": getattr(loss, "embedding_reg_weight", 1)}
    if hasattr(loss, "weight_reg_weight"):
        params["weight_reg_weight"] = loss.weight_reg_weight
    params.update({k: plain(v) for k, v in given.items()})
    for key, preset in {"TripletMarginLoss": {"triplets_per_anchor": "all"}, "MarginLoss": {"triplets_per_anchor": "all"}}.get(name, {}).items():
        params.setdefault(key, preset)
    if name == "HistogramLoss":
        params.setdefault("delta", None)
    described = {
        "loss": name,
        "params": params,
        "distance": describe_distance(loss.distance),
        "reducer": describe_reducer(loss.reducer),
    }
    for kind in ("embedding", "weight"):
        r = getattr(loss, f"{kind}_regularizer", None)
        if r is not None:
            described[f"{kind}_regularizer"] = describe_regularizer(r)
    return described


def make_loss(name, dimension, plain_reducer=False):
    """A loss with options by chance, and how the file describes it."""
    parameters, allowed, owns, *_ = LOSSES[name]
    given = parameters()
    options = dict(given)
    if allowed == "any" and rng.random() < 0.7:
        options["distance"] = any_distance(dimension=dimension)
    elif isinstance(allowed, tuple):
        options["distance"] = any_distance(allowed)
    if not plain_reducer and rng.random() < 0.6:
        options["reducer"] = any_reducer()
        if rng.random() < 0.25:
            parts = {"pos_loss": any_reducer(), "loss": any_reducer()}
            options["reducer"] = reducers.MultipleReducers(parts, any_reducer())
    if rng.random() < 0.3:
        options.update(embedding_regularizer=any_regularizer(), embedding_reg_weight=uniform(0.1, 2))
    if owns:
        size = "descriptors_dim" if name == "P2SGradLoss" else "embedding_size"
        sizes = {"num_classes": CLASSES, size: dimension}
        options.update(sizes)
        given = {**given, **sizes}
        if name != "P2SGradLoss" and rng.random() < 0.3:
            options.update(weight_regularizer=any_regularizer(True), weight_reg_weight=uniform(0.1, 2))
    loss = getattr(losses, name)(**options)
    for key, w in loss.named_parameters():
        if key != "beta":
            w.data = rows(*w.shape)
    return loss, describe_loss(name, loss, given)


def measured(call, sources, weights):
    """The value and its gradients, or what the peer says against it."""
    try:
        value = call()
        leaves = list(sources.values()) + list(weights.values())
        found = torch.autograd.grad(value, leaves, allow_unused=True) if value.requires_grad else [None] * len(leaves)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    expected = {"loss": number(value)}
    for (key, _), g in zip(sources.items(), found):
        expected[key] = None if g is None else tensor(g)
    if weights:
        own = {k: g for k, g in zip(weights, found[len(sources):]) if g is not None}
        expected["gradWeights"] = {k: tensor(g) for k, g in own.items()}
    return expected


def case_of(name, config, inputs, expected, grad=1e-5):
    tolerance = {"loss": 1e-5, "grad": grad}
    return {"case": name, "config": config, "inputs": inputs, "expected": expected, "tolerance": tolerance, "notes": []}


KINDS = ["mixed", "mixed", "singletons", "one class", "all different"]


def loss_case(name, i):
    *_, refs, tuples = LOSSES[name]
    count, dimension = SHAPES[i % len(SHAPES)]
    if name == "SignalToNoiseRatioContrastiveLoss":
        dimension = max(dimension, 3)
    loss, config = make_loss(name, dimension)
    weights = dict(loss.named_parameters())
    x = rows(count, dimension).requires_grad_()
    labels = labels_of(count, rng.choice(KINDS), 4)
    inputs = {"embeddings": tensor(x), "labels": labels}
    kwargs = {}
    ref_labels = None
    sources = {"gradEmbeddings": x}
    if refs and rng.random() < 0.3:
        size = rng.randrange(2, 12)
        ref = rows(size, dimension).requires_grad_()
        ref_labels = [rng.choice(labels + [0, 1]) for _ in range(size)]
        inputs.update(refEmbeddings=tensor(ref), refLabels=ref_labels)
        kwargs.update(ref_emb=ref, ref_labels=torch.tensor(ref_labels))
        sources["gradRefEmbeddings"] = ref
    if tuples and rng.random() < 0.35:
        kind = rng.choice(["pairs", "triplets"])
        columns = tuple_of(kind, labels, ref_labels)
        inputs["indicesTuple"] = {"kind": kind, "indices": columns}
        kwargs["indices_tuple"] = tuple(torch.tensor(c, dtype=torch.long) for c in columns)
    if weights:
        inputs["weights"] = {k: tensor(w) for k, w in weights.items()}
    expected = measured(lambda: loss(x, torch.tensor(labels), **kwargs), sources, weights)
    return case_of(f"{name}/{seed}-{i}", config, inputs, expected)


PAIRED = ["ContrastiveLoss", "TripletMarginLoss", "MultiSimilarityLoss", "NTXentLoss", "SupConLoss", "CircleLoss"]


def make_miner():
    name = rng.choice(["MultiSimilarityMiner", "PairMarginMiner", "TripletMarginMiner", "BatchHardMiner"])
    given = MINERS[name][0]()
    miner = getattr(miners, name)(**given)
    params = {k: plain(v) for k, v in given.items()}
    return miner, {"type": name, "params": params, "distance": describe_distance(miner.distance)}


def self_supervised_case(_, i):
    count, dimension = rng.choice([(6, 4), (9, 5), (2, 3)])
    inner, config = make_loss(rng.choice(PAIRED), dimension)
    symmetric = rng.random() < 0.5
    loss = losses.SelfSupervisedLoss(inner, symmetric=symmetric)
    x, y = rows(count, dimension).requires_grad_(), rows(count, dimension).requires_grad_()
    sources = {"gradEmbeddings": x, "gradRefEmbeddings": y}
    expected = measured(lambda: loss(x, y), sources, {})
    config = {"loss": "SelfSupervisedLoss", "params": {"symmetric": symmetric}, "inner": config}
    return case_of(f"self-supervised/{seed}-{i}", config, {"embeddings": tensor(x), "refEmbeddings": tensor(y)}, expected, 1e-4)


def multiple_losses_case(_, i):
    count, dimension = SHAPES[i % 3]
    made = [make_loss(name, dimension) for name in rng.sample(PAIRED, 2)]
    weights = [1, round(uniform(0.1, 3), 3)]
    mined = [make_miner() if rng.random() < 0.5 else (None, None) for _ in made] if rng.random() < 0.6 else None
    loss = losses.MultipleLosses([l for l, _ in made], miners=mined and [m for m, _ in mined], weights=weights)
    x = rows(count, dimension).requires_grad_()
    labels = labels_of(count, rng.choice(KINDS), 4)
    expected = measured(lambda: loss(x, torch.tensor(labels)), {"gradEmbeddings": x}, {})
    config = {
        "loss": "MultipleLosses",
        "params": {"weights": weights},
        "losses": [c for _, c in made],
        "miners": mined and [c for _, c in mined],
    }
    return case_of(f"multiple-losses/{seed}-{i}", config, {"embeddings": tensor(x), "labels": labels}, expected, 1e-4)


def vicreg_case(_, i):
    count, dimension = rng.choice([(8, 5), (12, 8), (3, 4), (2, 2)])
    given = dict(invariance_lambda=uniform(1, 30), variance_mu=uniform(1, 30), covariance_v=uniform(0.2, 3), eps=uniform(1e-5, 1e-2))
    loss = losses.VICRegLoss(**given)
    x, y = rows(count, dimension).requires_grad_(), rows(count, dimension).requires_grad_()
    expected = measured(lambda: loss(x, ref_emb=y), {"gradEmbeddings": x, "gradRefEmbeddings": y}, {})
    inputs = {"embeddings": tensor(x), "labels": None, "refEmbeddings": tensor(y)}
    return case_of(f"VICRegLoss/{seed}-{i}", describe_loss("VICRegLoss", loss, given), inputs, expected)


def manifold_case(_, i):
    count, dimension = rng.choice([(12, 8), (9, 5), (16, 3)])
    proxies = rng.choice([2, 4, 7])
    given = dict(l=dimension, K=proxies, lambdaC=uniform(0, 2), alpha=uniform(0.3, 0.95), margin=uniform(0, 0.05))
    loss = losses.ManifoldLoss(**given)
    weights = dict(loss.named_parameters())
    for w in weights.values():
        w.data = rows(*w.shape)
    x = rows(count, dimension).requires_grad_()
    groups = [rng.randrange(proxies) for _ in range(count)]
    expected = measured(lambda: loss(x, indices_tuple=torch.tensor(groups)), {"gradEmbeddings": x}, weights)
    inputs = {
        "embeddings": tensor(x),
        "labels": None,
        "indicesTuple": {"kind": "meta-classes", "indices": groups},
        "weights": {k: tensor(w) for k, w in weights.items()},
    }
    return case_of(f"ManifoldLoss/{seed}-{i}", describe_loss("ManifoldLoss", loss, given), inputs, expected)


def in_steps(name, i, config, make_step, call, count):
    """Consecutive calls on one loss."""
    inputs, expected = [], []
    for _ in range(count):
        x, step = make_step()
        found = measured(lambda: call(x, step), {"gradEmbeddings": x}, {})
        if "error" in found:
            # What the peer has changed by then is not what a refusal leaves.
            break
        inputs.append({"embeddings": tensor(x), **step})
        expected.append(found)
    if not inputs:
        raise ValueError("unstable: refused at the first step")
    return case_of(f"{name}/{seed}-{i}", config, {"steps": inputs}, {"steps": expected}, 1e-4)


def memory_case(_, i):
    dimension, size = rng.choice([3, 5, 8]), rng.choice([10, 24, 40])
    inner, described = make_loss(rng.choice(PAIRED + ["NCALoss", "LiftedStructureLoss"]), dimension, plain_reducer=True)
    miner, mined = make_miner() if rng.random() < 0.4 else (None, None)
    loss = losses.CrossBatchMemory(inner, dimension, memory_size=size, miner=miner)

    def make_step():
        count = rng.randrange(2, 11)
        labels = labels_of(count, rng.choice(KINDS), 4)
        if miner is not None:
            # The peer's miner takes a sample's own copy for a positive; with another one that makes no difference.
            labels = labels[: count // 2] * 2
        return rows(len(labels), dimension).requires_grad_(), {"labels": labels}

    config = {
        "loss": "CrossBatchMemory",
        "params": {"embedding_size": dimension, "memory_size": size},
        "inner": described,
        "miner": mined,
    }
    call = lambda x, step: loss(x, torch.tensor(step["labels"]))
    return in_steps("cross-batch-memory", i, config, make_step, call, 4)


def soft_margin_case(_, i):
    given = dict(min_val=-2.0, num_bins=rng.choice([10, 16, 20]), momentum=uniform(0.01, 0.5))
    loss = losses.DynamicSoftMarginLoss(**given)
    dimension = rng.choice([4, 8])

    def make_step():
        count = rng.randrange(6, 14)
        return rows(count, dimension).requires_grad_(), {"labels": labels_of(count, "mixed", 3)}

    def call(x, step):
        # The peer keeps the graph of the histogram, through which a second backward fails.
        loss.hist_ = loss.hist_.detach()
        return loss(x, torch.tensor(step["labels"]))

    config = describe_loss("DynamicSoftMarginLoss", loss, given)
    return in_steps("dynamic-soft-margin", i, config, make_step, call, 3)


# --- miners -----------------------------------------------------------------------------------------------------------

STRATEGIES = ["hard", "semihard", "easy", "all"]


def easy_hard():
    while True:
        pos, neg = rng.choice(STRATEGIES), rng.choice(STRATEGIES)
        if (pos, neg) == ("semihard", "semihard") or {"semihard", "all"} == {pos, neg}:
            continue
        options = dict(pos_strategy=pos, neg_strategy=neg)
        if rng.random() < 0.3:
            options["allowed_pos_range"] = [0.2, 1.2]
        if rng.random() < 0.3:
            options["allowed_neg_range"] = [0.3, 1.3]
        return options


MINERS = {
    "BatchHardMiner": (lambda: {}, "any", "triplets"),
    "MultiSimilarityMiner": (lambda: dict(epsilon=uniform(-0.1, 0.4)), "any", "pairs"),
    "PairMarginMiner": (lambda: dict(pos_margin=uniform(0.1, 0.9), neg_margin=uniform(0.4, 1.3)), "any", "pairs"),
    "TripletMarginMiner": (
        lambda: dict(margin=uniform(0.05, 0.5), type_of_triplets=rng.choice(["all", "hard", "semihard", "easy"])), "any", "triplets",
    ),
    "BatchEasyHardMiner": (easy_hard, "any", "either"),
    "AngularMiner": (lambda: dict(angle=uniform(10, 60)), None, "triplets"),
    "HDCMiner": (lambda: dict(filter_percentage=uniform(0.1, 1)), "any", "pairs"),
}


def miner_case(name, i):
    parameters, allowed, _ = MINERS[name]
    given = parameters()
    count, dimension = SHAPES[i % len(SHAPES)]
    options = dict(given)
    if allowed == "any" and rng.random() < 0.6:
        options["distance"] = any_distance(dimension=dimension)
    for key in ("allowed_pos_range", "allowed_neg_range"):
        if key in options:
            options[key] = tuple(options[key])
    miner = getattr(miners, name)(**options)
    x = rows(count, dimension)
    labels = labels_of(count, rng.choice(["mixed", "mixed", "singletons", "one class", "all different"]), 4)
    inputs = {"embeddings": tensor(x), "labels": labels}
    extra = []
    if name != "HDCMiner" and rng.random() < 0.3:
        size = rng.randrange(2, 10)
        ref, ref_labels = rows(size, dimension), [rng.choice(labels + [0, 1]) for _ in range(size)]
        inputs.update(refEmbeddings=tensor(ref), refLabels=ref_labels)
        extra = [ref, torch.tensor(ref_labels)]
    found = miner(x, torch.tensor(labels), *extra)
    # Ties are broken by chance: such inputs have no right answer.
    for _ in range(3):
        again = miner(x + 1e-6 * torch.randn(x.shape), torch.tensor(labels), *extra)
        if [sorted(c.tolist()) for c in again] != [sorted(c.tolist()) for c in found]:
            raise ValueError("unstable")
    if name == "HDCMiner" and not extra:
        for part in (found[0:2], found[2:4]):
            pairs = set(zip(*[c.tolist() for c in part]))
            if any((j, i) not in pairs for i, j in pairs) and not isinstance(miner.distance, distances.SNRDistance):
                raise ValueError("unstable")
    columns = [sorted(zip(*[c.tolist() for c in part])) for part in ([found] if len(found) == 3 else [found[:2], found[2:]])]
    lists = [[list(row) for row in part] for part in columns]
    expected = {"triplets": lists[0]} if len(found) == 3 else {"posPairs": lists[0], "negPairs": lists[1]}
    return {
        "case": f"{name}/{seed}-{i}",
        "config": {"miner": name, "params": {k: plain(v) for k, v in given.items()}, "distance": describe_distance(miner.distance)},
        "inputs": inputs,
        "expected": expected,
        "notes": [],
    }


# --- distances, reducers, regularizers -----------------------------------------------------------------------------------


def distance_case(_, i):
    count, dimension = SHAPES[i % len(SHAPES)]
    d = any_distance(dimension=dimension)
    q = rows(count, dimension).requires_grad_()
    inputs = {"query": tensor(q)}
    r = rows(rng.randrange(2, 9), dimension).requires_grad_() if rng.random() < 0.5 else None
    if r is not None:
        inputs["reference"] = tensor(r)
    m = d(q) if r is None else d(q, r)
    cotangent = rows(*m.shape)
    inputs["cotangent"] = tensor(cotangent)
    gradients = torch.autograd.grad((m * cotangent).sum(), [q] if r is None else [q, r])
    expected = {"matrix": tensor(m), "gradQuery": tensor(gradients[0])}
    if r is not None:
        expected["gradReference"] = tensor(gradients[1])
    n = min(len(q), len(q) if r is None else len(r))
    paired = d.pairwise_distance(q[:n], q.flip(0)[:n] if r is None else r[:n])
    expected["pairwise"] = {"values": [number(v) for v in paired.tolist()]}
    return {
        "case": f"distance/{seed}-{i}",
        "config": describe_distance(d),
        "inputs": inputs,
        "expected": expected,
        "tolerance": {"matrix": 1e-5, "grad": 1e-5},
        "notes": [],
    }


def sub_loss(batch):
    kind = rng.choice(["element", "pos_pair", "neg_pair", "triplet"])
    count = batch if kind == "element" else rng.randrange(2, 15)
    values = torch.tensor([max(0.0, round(uniform(-0.5, 2) * 1024) / 1024) for _ in range(count)]).requires_grad_()
    # No tuple twice: the peer writes pairs into a matrix, where the last one stays.
    width = 3 if kind == "triplet" else 2
    tuples = rng.sample([divmod(at, batch) for at in range(batch * batch)], min(count, batch * batch))
    values = values if kind == "element" else values[: len(tuples)].detach().requires_grad_()
    columns = [torch.tensor([(*pair, pair[0])[i] for pair in tuples]) for i in range(width)]
    columns = torch.arange(batch) if kind == "element" else tuple(columns)
    return {"losses": values, "indices": columns, "reduction_type": kind, "divisor": rng.choice([1, 3, 7.5])}


def reducer_case(_, i):
    batch = rng.choice([2, 5, 8])
    r = any_reducer()
    names = ["loss"] if rng.random() < 0.6 else ["pos_loss", "neg_loss"]
    if len(names) > 1:
        r = reducers.MultipleReducers({n: any_reducer() for n in names if rng.random() < 0.7}, any_reducer())
    parts = {n: sub_loss(batch) for n in names}
    labels = [rng.randrange(4) for _ in range(batch)]
    x = rows(batch, 4)
    value = r(parts, x, torch.tensor(labels))
    gradients = torch.autograd.grad(value, [p["losses"] for p in parts.values()], allow_unused=True) if value.requires_grad else [None] * len(parts)
    described = {}
    for n, p in parts.items():
        indices = p["indices"]
        described[n] = {
            "losses": p["losses"].tolist(),
            "indices": indices.tolist() if torch.is_tensor(indices) else [c.tolist() for c in indices],
            "reductionType": p["reduction_type"],
            "divisor": p["divisor"],
        }
    zero = lambda p: [0] * len(p["losses"])
    return {
        "case": f"reducer/{seed}-{i}",
        "config": describe_reducer(r),
        "inputs": {"subLosses": described, "batchSize": batch, "embeddings": tensor(x), "labels": labels},
        "expected": {
            "loss": number(value),
            "gradLosses": {n: zero(p) if g is None else [number(v) for v in g.tolist()] for (n, p), g in zip(parts.items(), gradients)},
        },
        "notes": [],
    }


def regularizer_case(_, i):
    r = any_regularizer(True)
    sparse = rng.random() < 0.2
    options = dict(reducer=rng.choice([reducers.MeanReducer(), reducers.SumReducer(), reducers.AvgNonZeroReducer()]))
    if type(r).__name__ == "LpRegularizer":
        r = regularizers.LpRegularizer(p=r.p, power=r.power, **options)
    elif type(r).__name__ == "RegularFaceRegularizer":
        r = regularizers.RegularFaceRegularizer(distance=any_distance(("cosine", "dot")), **options)
    if sparse:
        r = regularizers.SparseCentersRegularizer(3, 2)
    # In one dimension all cosines are equal: the largest is anybody's.
    x = rows(6, rng.choice([2, 3, 5])).requires_grad_()
    value = r(x)
    (gradient,) = torch.autograd.grad(value, [x])
    return {
        "case": f"regularizer/{seed}-{i}",
        "config": {**describe_regularizer(r), **({"num_classes": 3, "centers_per_class": 2} if sparse else {})},
        "inputs": {"x": tensor(x)},
        "expected": {"loss": number(value), "grad": tensor(gradient)},
        "tolerance": {"loss": 1e-5, "grad": 1e-5},
        "notes": [],
    }


def write(area, name, make, count):
    cases = []
    for i in range(count):
        try:
            cases.append(make(name, i))
        except Exception as error:
            print(f"{area} {name} {i}: {type(error).__name__}: {error}", file=sys.stderr)
    os.makedirs(os.path.join(folder, area), exist_ok=True)
    head = {"format": "metric-learning-golden/1", "source": "pytorch-metric-learning 2.8.1", "area": area, "name": name}
    with open(os.path.join(folder, area, f"{name}.json"), "w") as file:
        file.write(json.dumps({**head, "cases": cases}))


for loss_name in LOSSES:
    write("losses", loss_name, loss_case, per_kind)
for loss_name, make in {
    "self-supervised": self_supervised_case,
    "multiple-losses": multiple_losses_case,
    "vicreg": vicreg_case,
    "manifold": manifold_case,
    "cross-batch-memory": memory_case,
    "dynamic-soft-margin": soft_margin_case,
}.items():
    write("losses", loss_name, make, per_kind)
for miner_name in MINERS:
    write("miners", miner_name, miner_case, per_kind)
for area, make in (("distances", distance_case), ("reducers", reducer_case), ("regularizers", regularizer_case)):
    write(area, "drawn", make, 2 * per_kind)
