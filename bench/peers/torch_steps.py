"""The peer's side of bench/suites/steps.ts: PyTorch."""
import sys

import turns


def convolutions(batch):
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
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


def case(name):
    kind, batch = name.split("/")
    return {"convolutions": convolutions}[kind](int(batch))


turns.answer(case)
