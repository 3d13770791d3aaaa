"""The peer's side of bench/suites/start.ts: PyTorch, which has no commands and compiles nothing."""
import subprocess
import sys

import turns


def process(code):
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def case(name):
    kind, what = name.split("/", 1)
    if kind == "command":
        return process("import torch")
    if name == "import/losses":
        import pytorch_metric_learning  # absent: said before it is run

        return process("from pytorch_metric_learning import losses")
    if kind != "first-step":
        raise ImportError("PyTorch has nothing like it")
    import torch

    import networks

    torch.set_num_threads(int(sys.argv[1]))
    sized, batch = what.split("/")
    network, size = sized.rsplit("-", 1)
    return lambda: networks.training_step(network, int(size), int(batch))()


turns.answer(case)
