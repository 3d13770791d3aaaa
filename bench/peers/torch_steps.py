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

    step.parameters = sum(parameter.numel() for parameter in network.parameters())
    return step


def case(name):
    kind, *rest = name.split("/")
    if kind == "convolutions":
        return convolutions(int(rest[0]))
    import torch

    import networks

    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    sized, batch = rest
    network, _, size = sized.rpartition("-")
    if not size.isdigit():
        network, size = sized, 0
    make = {"train": networks.training_step, "forward": networks.forward_step}[kind]
    return make(network, int(size), int(batch))


if __name__ == "__main__":
    turns.answer(case)
