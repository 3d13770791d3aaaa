"""The peers' side of bench/suites/knn.ts: PyTorch (matmul + topk), numpy (matmul + argpartition),
scikit-learn, and the exact searches of faiss and usearch where they are installed."""
import sys
import time

import turns

# Each finds itself as well.
NEIGHBOURS = 11


def torch_search(x):
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    rows = torch.nn.functional.normalize(torch.from_numpy(x))

    def search(block, total):
        for start in range(0, total, block):
            (rows[start : min(start + block, total)] @ rows.T).topk(NEIGHBOURS)

    def seconds(block):
        total = min(len(rows), max(block, 4096))
        start = time.perf_counter()
        search(block, total)
        return (time.perf_counter() - start) / total

    # The peer gets the block that suits it best on this machine.
    best = min([64, 256, 1024, 4096], key=seconds)
    return lambda: search(best, len(rows))


def numpy_search(x):
    import numpy

    rows = x / numpy.linalg.norm(x, axis=1, keepdims=True)

    def search():
        for start in range(0, len(rows), 1024):
            scores = rows[start : start + 1024] @ rows.T
            best = numpy.argpartition(-scores, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
            values = numpy.take_along_axis(scores, best, axis=1)
            numpy.take_along_axis(best, numpy.argsort(-values, axis=1), axis=1)

    return search


def sklearn_search(x):
    import numpy
    from sklearn.neighbors import NearestNeighbors

    rows = x / numpy.linalg.norm(x, axis=1, keepdims=True)
    index = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute", metric="sqeuclidean").fit(rows)
    return lambda: index.kneighbors(rows)


def faiss_search(x):
    import faiss

    faiss.omp_set_num_threads(int(sys.argv[1]))
    faiss.normalize_L2(x)
    index = faiss.IndexFlatIP(x.shape[1])
    index.add(x)
    return lambda: index.search(x, NEIGHBOURS)


def usearch_search(x):
    import usearch.index

    threads = int(sys.argv[1])
    return lambda: usearch.index.search(x, x, NEIGHBOURS, usearch.index.MetricKind.Cos, exact=True, threads=threads)


def case(name):
    import numpy

    peer, size = name.split("/")
    count, dimension = map(int, size.split("x"))
    rows = numpy.random.default_rng(1).standard_normal((count, dimension), dtype=numpy.float32)
    searches = {
        "torch": torch_search,
        "numpy": numpy_search,
        "sklearn": sklearn_search,
        "faiss": faiss_search,
        "usearch": usearch_search,
    }
    return searches[peer](rows)


turns.answer(case)
