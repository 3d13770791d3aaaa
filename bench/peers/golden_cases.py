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


def loss_case(name, i):
    parameters, allowed, owns, refs, tuples = LOSSES[name]
    given = parameters()
    count, dimension = SHAPES[i % len(SHAPES)]
    if name == "SignalToNoiseRatioContrastiveLoss":
        dimension = max(dimension, 3)
    options = dict(given)
    if allowed == "any" and rng.random() < 0.7:
        options["distance"] = any_distance(dimension=dimension)
    elif isinstance(allowed, tuple):
        options["distance"] = any_distance(allowed)
    if rng.random() < 0.6:
        options["reducer"] = any_reducer()
        if rng.random() < 0.25:
            options["reducer"] = reducers.MultipleReducers({"pos_loss": any_reducer(), "loss": any_reducer()}, any_reducer())
    regularized = rng.random() < 0.3
    if regularized:
        options.update(embedding_regularizer=any_regularizer(), embedding_reg_weight=uniform(0.1, 2))
    if owns:
        sizes = dict(num_classes=CLASSES, embedding_size=dimension)
        if name == "P2SGradLoss":
            sizes = dict(num_classes=CLASSES, descriptors_dim=dimension)
        options.update(sizes)
        given = {**given, **sizes}
        if name != "P2SGradLoss" and rng.random() < 0.3:
            options.update(weight_regularizer=any_regularizer(True), weight_reg_weight=uniform(0.1, 2))
    loss = getattr(losses, name)(**options)
    weights = dict(loss.named_parameters())
    for key, w in weights.items():
        if key != "beta":
            w.data = rows(*w.shape)
    x = rows(count, dimension).requires_grad_()
    kind = rng.choice(["mixed", "mixed", "singletons", "one class", "all different"])
    labels = labels_of(count, kind, 4)
    inputs = {"embeddings": tensor(x), "labels": labels}
    kwargs = {}
    ref_labels = None
    sources = [x]
    if refs and rng.random() < 0.3:
        size = rng.randrange(2, 12)
        ref = rows(size, dimension).requires_grad_()
        ref_labels = [rng.choice(labels + [0, 1]) for _ in range(size)]
        inputs.update(refEmbeddings=tensor(ref), refLabels=ref_labels)
        kwargs.update(ref_emb=ref, ref_labels=torch.tensor(ref_labels))
        sources.append(ref)
    if tuples and rng.random() < 0.35:
        kind = rng.choice(["pairs", "triplets"])
        columns = tuple_of(kind, labels, ref_labels)
        inputs["indicesTuple"] = {"kind": kind, "indices": columns}
        kwargs["indices_tuple"] = tuple(torch.tensor(c, dtype=torch.long) for c in columns)
    if weights:
        inputs["weights"] = {k: tensor(w) for k, w in weights.items()}
    config = describe_loss(name, loss, given)
    expected = {}
    try:
        value = loss(x, torch.tensor(labels), **kwargs)
        expected["loss"] = number(value)
        leaves = sources + list(weights.values())
        gradients = torch.autograd.grad(value, leaves, allow_unused=True) if value.requires_grad else [None] * len(leaves)
        expected["gradEmbeddings"] = None if gradients[0] is None else tensor(gradients[0])
        if len(sources) > 1:
            expected["gradRefEmbeddings"] = None if gradients[1] is None else tensor(gradients[1])
        if weights:
            found = {k: g for k, g in zip(weights, gradients[len(sources):]) if g is not None}
            expected["gradWeights"] = {k: tensor(g) for k, g in found.items()}
    except Exception as error:
        expected = {"error": f"{type(error).__name__}: {error}"[:200]}
    return {
        "case": f"{name}/{seed}-{i}",
        "config": config,
        "inputs": inputs,
        "expected": expected,
        "tolerance": {"loss": 1e-5, "grad": 1e-5},
        "notes": [],
    }


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
for miner_name in MINERS:
    write("miners", miner_name, miner_case, per_kind)
for area, make in (("distances", distance_case), ("reducers", reducer_case), ("regularizers", regularizer_case)):
    write(area, "drawn", make, 2 * per_kind)
