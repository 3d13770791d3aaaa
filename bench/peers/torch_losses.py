"""The peer's side of bench/suites/losses.ts: PyTorch and pytorch-metric-learning."""
import sys

import turns

INPUTS, DIMENSION, PER_CLASS = 2048, 512, 4


def made(name):
    """Loss, miner and number of classes (0: as many as the batch has)."""
    from pytorch_metric_learning import losses, miners

    def memory():
        import torch

        loss = losses.CrossBatchMemory(losses.ContrastiveLoss(), DIMENSION, memory_size=8192)
        # As it is in the long run: full.
        loss.embedding_memory = torch.nn.functional.normalize(torch.randn(8192, DIMENSION))
        loss.label_memory = torch.randint(100_000, 200_000, (8192,))
        loss.has_been_filled = True
        return loss

    return {
        "multi-similarity": lambda: (losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5), None, 0),
        "multi-similarity+miner": lambda: (
            losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5),
            miners.MultiSimilarityMiner(epsilon=0.1),
            0,
        ),
        "triplet+semi-hard": lambda: (
            losses.TripletMarginLoss(margin=0.2),
            miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard"),
            0,
        ),
        "contrastive": lambda: (losses.ContrastiveLoss(), None, 0),
        "nt-xent": lambda: (losses.NTXentLoss(), None, 0),
        "proxy-anchor-100": lambda: (losses.ProxyAnchorLoss(100, DIMENSION), None, 100),
        "arcface-10000": lambda: (losses.ArcFaceLoss(10_000, DIMENSION), None, 10_000),
        "fast-ap": lambda: (losses.FastAPLoss(), None, 0),
        "soft-triple-100": lambda: (losses.SoftTripleLoss(100, DIMENSION), None, 100),
        "memory-8192": lambda: (memory(), None, 0),
    }[name]()


def case(name):
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    kind, batch = name.split("/")
    batch = int(batch)
    loss_function, miner, classes = made(kind)
    linear = torch.nn.Linear(INPUTS, DIMENSION)
    optimizer = torch.optim.Adam([*linear.parameters(), *loss_function.parameters()], lr=1e-4)
    x = torch.randn(batch, INPUTS)
    labels = torch.arange(batch) // PER_CLASS
    if classes:
        labels = labels % classes

    def step():
        optimizer.zero_grad()
        embedding = torch.nn.functional.normalize(linear(x))
        loss = loss_function(embedding, labels, miner(embedding, labels)) if miner else loss_function(embedding, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


if __name__ == "__main__":
    turns.answer(case)
