"""The course report's own way to train its two networks, with its own libraries.

    .venv/bin/python benchmarks/report_way.py IMAGES.npz [--noise-std 0.1]
        [--train 50000] [--test 10000] [--epochs 3] [--validation-interval 100]
        [--threads N] [--seed N]

It does what the report's public code does. The images are a Dataset of PIL images with
ToTensor and Normalize, in a DataLoader with shuffled batches of 16; 10 % of the
training images are held out. In one loop both networks learn from each batch, each with
its own Adam (1e-4, weight decay 1e-5): the AE reconstructs it, the DAE removes Gaussian
noise, drawn as `randn_like` and clamped. Every 100 steps both are validated on all
held-out images, in a DataLoader too, and at the end both are judged on the test images.
If IMAGES.npz has fewer images than asked for, they are repeated.

Nothing here is this project's code. The output is one line of JSON: the steps, the
seconds of training and of validation, the test MSEs (on [-1, 1]), and the history:
step, seconds, and each network's loss on the last batch and on the held-out images.
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
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import Compose, Normalize, ToTensor

NETWORKS = ("ae", "dae")


class Pictures(Dataset[torch.Tensor]):
    """Makes PIL images of an array one by one, like torchvision's CIFAR10."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self.images = images
        self.transform = Compose([ToTensor(), Normalize((0.5,) * 3, (0.5,) * 3)])

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def __getitem__(self, index: int) -> torch.Tensor:
        """Return one image in [-1, 1], (3, height, width)."""
        tensor: torch.Tensor = self.transform(Image.fromarray(self.images[index]))
        return tensor


def repeated(images: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
    """Repeat the images until there are `count`."""
    return np.resize(images, (count, *images.shape[1:]))


def autoencoder() -> nn.Sequential:
    """Build the report's network, with PyTorch's own initialization."""
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
    """Add Gaussian noise and clamp to [-1, 1]."""
    return (images + std * torch.randn_like(images)).clamp(-1, 1)


@torch.no_grad()
def mean_losses(
    networks: dict[str, nn.Module], loader: DataLoader[torch.Tensor], std: float
) -> dict[str, float]:
    """Compute the mean MSE of each network over all images of a loader."""
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
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    held_out = given.train // 10
    with np.load(given.npz) as archive:
        images, test_images = archive["train_images"], archive["test_images"]
    order = np.random.default_rng(given.seed).permutation(len(images))
    cut = len(images) // 10
    validation = repeated(images[order[:cut]], held_out)
    training = repeated(images[order[cut:]], given.train - held_out)
    batches = DataLoader(Pictures(training), batch_size=16, shuffle=True)
    to_validate = DataLoader(Pictures(validation), batch_size=16)
    networks: dict[str, nn.Module] = {name: autoencoder() for name in NETWORKS}
    optimizers = {
        name: torch.optim.Adam(network.parameters(), lr=1e-4, weight_decay=1e-5)
        for name, network in networks.items()
    }
    history = []
    step, validating = 0, 0.0
    start = time.perf_counter()
    for _ in range(given.epochs):
        for clean in batches:
            inputs = {"ae": clean, "dae": with_noise(clean, given.noise_std)}
            losses = {}
            for name, network in networks.items():
                optimizers[name].zero_grad()
                loss = nn.functional.mse_loss(network(inputs[name]), clean)
                loss.backward()
                optimizers[name].step()
                losses[name] = loss.item()
            step += 1
            if step % given.validation_interval == 0:
                began = time.perf_counter()
                judged = mean_losses(networks, to_validate, given.noise_std)
                validating += time.perf_counter() - began
                history.append(
                    {
                        "step": step,
                        "seconds": time.perf_counter() - start,
                        "training": losses,
                        "validation": judged,
                    }
                )
    seconds = time.perf_counter() - start
    tests = Pictures(repeated(test_images, given.test))
    scores = mean_losses(networks, DataLoader(tests, batch_size=16), given.noise_std)
    print(
        json.dumps(
            {
                "steps": step,
                "threads": given.threads,
                "training_seconds": seconds - validating,
                "validation_seconds": validating,
                "test_mse": scores,
                "history": history,
            }
        )
    )


if __name__ == "__main__":
    main()
