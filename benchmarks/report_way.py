"""The course report's own way to train its two networks, with its own libraries.

    .venv/bin/python benchmarks/report_way.py IMAGES.npz [--noise-std 0.1]
        [--train 50000] [--test 10000] [--epochs 3] [--validation-interval 100]

What the report's public code does: a Dataset of PIL images with ToTensor and Normalize,
a DataLoader with shuffled batches of 16, 10 % of the training images held out; in one
loop both networks learn from each batch, the AE to give it back and the DAE to take
Gaussian noise off it, each with an Adam of its own (1e-4, weight decay 1e-5); every 100
steps both are validated on all held-out images, in a DataLoader too; at the end both
are judged on the test images. The noise is drawn as `randn_like`, clamped. Where
IMAGES.npz has fewer images than are asked for, they are repeated.

Nothing here is this project's code. It prints one line of JSON: the test MSEs (in [-1,
1]), the loss history and the seconds of training.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split
from torchvision.transforms import Compose, Normalize, ToTensor

NETWORKS = ("ae", "dae")


class Pictures(Dataset[torch.Tensor]):
    """As `torchvision.datasets.CIFAR10` gives them: an array, a PIL image at a time."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self.images = images
        self.transform = Compose([ToTensor(), Normalize((0.5,) * 3, (0.5,) * 3)])

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.images)

    def __getitem__(self, index: int) -> torch.Tensor:
        """One image in [-1, 1], (3, height, width)."""
        tensor: torch.Tensor = self.transform(Image.fromarray(self.images[index]))
        return tensor


def autoencoder() -> nn.Sequential:
    """The report's network, with PyTorch's own initialization."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 8, 3),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 3, 3),
        nn.Tanh(),
    )


def with_noise(images: torch.Tensor, std: float) -> torch.Tensor:
    """Gaussian noise, clamped to [-1, 1]."""
    return (images + std * torch.randn_like(images)).clamp(-1, 1)


@torch.no_grad()
def mean_losses(
    networks: dict[str, nn.Module], loader: DataLoader[torch.Tensor], std: float
) -> dict[str, float]:
    """The mean MSE of each network over all images of a loader."""
    sums = dict.fromkeys(networks, 0.0)
    seen = 0
    for images in loader:
        inputs = {"ae": images, "dae": with_noise(images, std)}
        for name, network in networks.items():
            loss = nn.functional.mse_loss(network(inputs[name]), images)
            sums[name] += float(loss) * len(images)
        seen += len(images)
    return {name: total / seen for name, total in sums.items()}


def main() -> None:
    """Train both networks, and judge them on the test images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--noise-std", type=float, default=0.1)
    parser.add_argument("--train", type=int, default=50_000)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--validation-interval", type=int, default=100)
    given = parser.parse_args()
    torch.manual_seed(0)
    with np.load(given.npz) as archive:
        parts = {
            part: np.resize(
                archive[f"{part}_images"],
                (count, *archive[f"{part}_images"].shape[1:]),
            )
            for part, count in (("train", given.train), ("test", given.test))
        }
    held_out = given.train // 10
    chosen, validation = random_split(
        Pictures(parts["train"]), [given.train - held_out, held_out]
    )
    batches = DataLoader(chosen, batch_size=16, shuffle=True)
    to_validate = DataLoader(validation, batch_size=16)
    networks: dict[str, nn.Module] = {name: autoencoder() for name in NETWORKS}
    optimizers = {
        name: torch.optim.Adam(network.parameters(), lr=1e-4, weight_decay=1e-5)
        for name, network in networks.items()
    }
    history = []
    start = time.perf_counter()
    step = 0
    for _ in range(given.epochs):
        for images in batches:
            inputs = {"ae": images, "dae": with_noise(images, given.noise_std)}
            losses = {}
            for name, network in networks.items():
                optimizers[name].zero_grad()
                loss = nn.functional.mse_loss(network(inputs[name]), images)
                loss.backward()
                optimizers[name].step()
                losses[name] = loss.item()
            if step % given.validation_interval == 0:
                judged = mean_losses(networks, to_validate, given.noise_std)
                seconds = time.perf_counter() - start
                history.append([step, seconds, losses, judged])
            step += 1
    seconds = time.perf_counter() - start
    loader = DataLoader(Pictures(parts["test"]), batch_size=16)
    scores = mean_losses(networks, loader, given.noise_std)
    print(
        json.dumps(
            {
                "steps": step,
                "training_seconds": seconds,
                "test_mse": scores,
                "history": history,
            }
        )
    )


if __name__ == "__main__":
    main()
