"""The peer's side of bench/suites/engine.ts: PyTorch. Results go into buffers made once where PyTorch has a form for that."""
import re
import sys

import turns


def product(sizes):
    import torch

    rows, inner, columns = map(int, sizes.split("x"))
    a, b, out = torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns)
    return lambda: torch.mm(a, b, out=out)


def convolution(part, name):
    import torch

    batch, shape = name.split("x", 1)
    depthwise = "depthwise" in shape
    shape = shape.replace("3x3-depthwise-256", "3x3-256-256")
    kernel, stride, inputs, outputs, side = map(int, re.match(r"(\d)x\ds?(\d?)-(\d+)-(\d+)-(\d+)", shape).expand(r"\1 0\2 \3 \4 \5").split())
    stride = max(stride, 1)
    groups = inputs if depthwise else 1
    padding = (kernel - 1) // 2
    x = torch.randn(int(batch), inputs, side, side)
    weight = torch.randn(outputs, inputs // groups, kernel, kernel)
    if part == "forward":
        return lambda: torch.nn.functional.conv2d(x, weight, None, stride, padding, 1, groups)
    g = torch.randn(int(batch), outputs, side // stride, side // stride)
    mask = [part == "input", part == "weight", False]
    pair = [padding, padding]
    return lambda: torch.ops.aten.convolution_backward(
        g, x, weight, None, [stride, stride], pair, [1, 1], False, [0, 0], groups, mask
    )


def both_ways(shape, size, function):
    import torch

    x = torch.randn(*shape, requires_grad=True)
    own = [torch.randn(size, requires_grad=True) for _ in range(2 if size else 0)]
    g = torch.randn(*shape)
    return lambda: torch.autograd.grad(function(x, *own), [x, *own], g)


def attention():
    import torch

    layer = torch.nn.MultiheadAttention(384, 6, batch_first=True)
    x = torch.randn(16, 197, 384, requires_grad=True)
    g = torch.randn(16, 197, 384)
    sources = [x, *layer.parameters()]
    return lambda: torch.autograd.grad(layer(x, x, x, need_weights=False)[0], sources, g)


def rows(kind):
    import torch

    chosen = torch.randint(100_000, (8192,))
    if kind == "gather":
        table, out = torch.randn(100_000, 128), torch.empty(8192, 128)
        return lambda: torch.index_select(table, 0, chosen, out=out)
    g = torch.randn(8192, 128)
    return lambda: torch.ops.aten.embedding_dense_backward(g, chosen, 100_000, -1, False)


def update(kind, millions):
    import torch

    parameters = [torch.nn.Parameter(torch.rand(1000, 1000)) for _ in range(int(millions))]
    for parameter in parameters:
        parameter.grad = torch.randn(1000, 1000)
    if kind == "adam":
        optimizer = torch.optim.Adam(parameters, lr=1e-4)
    else:
        optimizer = torch.optim.SGD(parameters, lr=1e-4, momentum=0.9)
    return optimizer.step


def case(name):
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    functional = torch.nn.functional
    kind, *rest = name.split("/")
    if kind == "matmul":
        return product(*rest)
    if kind == "conv":
        return convolution(*rest)
    if kind == "batch-norm":
        return both_ways((32, 64, 56, 56), 64, lambda x, scale, bias: functional.batch_norm(x, None, None, scale, bias, True))
    if kind == "layer-norm":
        return both_ways((16 * 197, 384), 384, lambda x, scale, bias: functional.layer_norm(x, (384,), scale, bias))
    if kind == "softmax":
        return both_ways((96, 197, 197), 0, lambda x: x.softmax(-1))
    if kind == "attention":
        return attention()
    if kind in ["gather", "scatter"]:
        return rows(kind)
    return update(kind, rest[0].rstrip("M"))


turns.answer(case)
