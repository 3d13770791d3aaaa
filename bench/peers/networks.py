"""The networks of bench/networks.ts in PyTorch: torchvision's residual networks, and the others layer by layer."""
import torch
from torch import nn

DIMENSION = 128
PER_CLASS = 4
WIDTH, HEADS, DEPTH, TOKENS = 384, 6, 12, 197


def conv_norm(inputs, outputs, kernel, stride=1, activation=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if activation else []))


def conv4(size, width=64):
    blocks = []
    for inputs in [3, width, width, width]:
        # ReLU after pooling, as in src/nn/backbones/conv4.ts: the same numbers, a quarter of the work.
        blocks += [conv_norm(inputs, width, 3, activation=False), nn.MaxPool2d(2), nn.ReLU(inplace=True)]
    return nn.Sequential(*blocks, nn.Flatten()), width * (size // 16) ** 2


class Branches(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        return torch.cat([part(x) for part in self.parts], 1)


def halve():
    # All sizes here are even: padded at the end.
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def inception(inputs, single, triple, double, pooled, pool="average"):
    stride = 1 if single else 2
    parts = [conv_norm(inputs, single, 1)] if single else []
    parts.append(nn.Sequential(conv_norm(inputs, triple[0], 1), conv_norm(*triple, 3, stride)))
    parts.append(nn.Sequential(conv_norm(inputs, double[0], 1), conv_norm(*double, 3), conv_norm(double[1], double[1], 3, stride)))
    if pooled:
        pooling = nn.MaxPool2d(3, 1, 1) if pool == "max" else nn.AvgPool2d(3, 1, 1)
        parts.append(nn.Sequential(pooling, conv_norm(inputs, pooled, 1)))
    else:
        parts.append(halve())
    return Branches(parts), (single or 0) + triple[1] + double[1] + (pooled or inputs)


def bn_inception(size):
    layers = [conv_norm(3, 64, 7, 2), halve(), conv_norm(64, 64, 1), conv_norm(64, 192, 3), halve()]
    channels = 192
    for module in [
        (64, (64, 64), (64, 96), 32),
        (64, (64, 96), (64, 96), 64),
        (None, (128, 160), (64, 96), None),
        (224, (64, 96), (96, 128), 128),
        (192, (96, 128), (96, 128), 128),
        (160, (128, 160), (128, 160), 128),
        (96, (128, 192), (160, 192), 128),
        (None, (128, 192), (192, 256), None),
        (352, (192, 320), (160, 224), 128),
        (352, (192, 320), (192, 224), 128, "max"),
    ]:
        layer, channels = inception(channels, *module)
        layers.append(layer)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), channels


def resnet(name):
    from torchvision import models

    network = getattr(models, name)()
    features = network.fc.in_features
    network.fc = nn.Identity()
    return network, features


def block():
    return nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)


class MeanOfTokens(nn.Module):
    def forward(self, x):
        return x.mean(1)


class Patches(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.project = nn.Conv2d(3, WIDTH, 16, 16)
        self.position = nn.Parameter(0.02 * torch.randn((size // 16) ** 2, WIDTH))

    def forward(self, x):
        return self.project(x).flatten(2).transpose(1, 2) + self.position


def small_vit(size):
    blocks = [block() for _ in range(DEPTH)]
    return nn.Sequential(Patches(size), *blocks, nn.LayerNorm(WIDTH), MeanOfTokens()), WIDTH


def network(name, size):
    """Backbone with its head, and the shape of one input."""
    shape = (3, size, size)
    if name == "vit-block":
        shape = (TOKENS, WIDTH)
        backbone, features = nn.Sequential(block(), MeanOfTokens()), WIDTH
    elif name.startswith("resnet"):
        backbone, features = resnet(name)
    else:
        backbone, features = {"conv4": conv4, "bn-inception": bn_inception, "vit-small": small_vit}[name](size)
    return nn.Sequential(backbone, nn.Linear(features, DIMENSION)), shape


def training_step(name, size, batch):
    model, shape = network(name, size)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    x = torch.randn(batch, *shape)
    labels = torch.arange(batch) // PER_CLASS

    def step():
        optimizer.zero_grad()
        embedding = nn.functional.normalize(model(x))
        same = (labels[:, None] == labels).float()
        loss = (embedding @ embedding.T - same).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    step.parameters = sum(parameter.numel() for parameter in model.parameters())
    return step


def forward_step(name, size, batch):
    model, shape = network(name, size)
    model.eval()
    x = torch.randn(batch, *shape)

    def step():
        with torch.inference_mode():
            return nn.functional.normalize(model(x))

    return step
