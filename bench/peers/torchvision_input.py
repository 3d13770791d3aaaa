"""The peer's side of bench/suites/input.ts: PIL, torchvision and a DataLoader with as many processes as we have threads.

Pictures come out as uint8 tensors on both sides, the least a pipeline can do: torchvision's usual ToTensor and Normalize would
double its time, and Simile leaves both to the model's graph. The DataLoader keeps nothing decoded, so its cached cases are
the same as the others. Its worker processes' memory is not in the peak shown.
"""
import os
import sys
import tempfile

from turns import answer

folder = os.path.join(tempfile.gettempdir(), "simile-bench-input")


def cases(name):
    import torch
    from PIL import Image
    from torchvision import transforms

    threads = int(sys.argv[1])
    torch.set_num_threads(1)
    kind, size = name.split("/")[0].split("-")
    size = int(size)
    if kind == "train":
        scale = (0.5, 1) if size < 100 else (0.08, 1)
        steps = [transforms.RandomResizedCrop(size, scale=scale), transforms.RandomHorizontalFlip()]
    else:
        steps = [transforms.Resize(256), transforms.CenterCrop(size)]
    transform = transforms.Compose([*steps, transforms.PILToTensor()])
    path = os.path.join(folder, "small" if size < 100 else "large")
    names = sorted(os.listdir(path))

    class Pictures(torch.utils.data.Dataset):
        def __len__(self):
            return len(names)

        def __getitem__(self, index):
            return transform(Image.open(os.path.join(path, names[index])).convert("RGB"))

    loader = torch.utils.data.DataLoader(Pictures(), batch_size=32, num_workers=threads, persistent_workers=True)

    def step():
        for batch in loader:
            pass

    return step


answer(cases)
