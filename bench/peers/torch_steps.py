"""The peer's side of bench/steps.ts: PyTorch and pytorch-metric-learning.

Reads one JSON object a line ({"case": name, "repeat": n}); answers with {"milliseconds": [..]} of n steps, or {"absent": why}.
"""
import json
import sys
import time

try:
    import torch
except ImportError as error:
    for line in sys.stdin:
        print(json.dumps({"absent": f"PyTorch: {error}"}), flush=True)
    sys.exit(0)

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)


def head(batch):
    from pytorch_metric_learning.losses import MultiSimilarityLoss

    linear = torch.nn.Linear(2048, 512)
    loss_function = MultiSimilarityLoss(alpha=2, beta=50, base=0.5)
    optimizer = torch.optim.Adam(linear.parameters(), lr=1e-4)
    x = torch.randn(batch, 2048)
    labels = torch.arange(batch) // 4

    def step():
        optimizer.zero_grad()
        embedding = torch.nn.functional.normalize(linear(x))
        loss = loss_function(embedding, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def convolutions(batch):
    layers = []
    channels = 3
    for out, stride in [(32, 1), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 2)]:
        layers += [torch.nn.Conv2d(channels, out, 3, stride=stride, padding=1), torch.nn.ReLU()]
        channels = out
    network = torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, 64))
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    x = torch.randn(batch, 3, 64, 64)

    def step():
        optimizer.zero_grad()
        loss = network(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


cases = {"head-128": lambda: head(128), "head-512": lambda: head(512), "convolutions-32": lambda: convolutions(32)}
ready = {}

for line in sys.stdin:
    request = json.loads(line)
    name = request["case"]
    try:
        step = ready.get(name) or ready.setdefault(name, cases[name]())
        times = []
        for _ in range(request["repeat"]):
            start = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - start))
        print(json.dumps({"milliseconds": times}), flush=True)
    except ImportError as error:
        print(json.dumps({"absent": str(error)}), flush=True)
