"""The peer's side of bench/suites/memory.ts: PyTorch and pytorch-metric-learning."""
import torch_losses
import torch_steps
import turns


def case(name):
    return (torch_steps if name.startswith("train/") else torch_losses).case(name)


turns.answer(case)
