"""Updates compared with torch.optim's own, and how the schedule reaches them."""

from __future__ import annotations

import copy
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.trainer import train
from denoising_autoencoder.trainer.build_optimizer import build_optimizer
from denoising_autoencoder.trainer.optimizer import Optimizer
from tests.processes import run
from tests.trainer.trainings import Scale, autoencoding, recipe

IMAGES = np.random.default_rng(0).uniform(-1, 1, (4, 4, 4, 3)).astype(np.float32)


def weight_after(steps: int, start: float, images: np.ndarray, **changes: Any) -> float:
    """The weight of `Scale` after some steps over whole epochs of clean images."""
    network = Scale(start)
    how = recipe(
        steps=steps, batch_size=len(images), learning_rate=0.1, momentum=0.0, **changes
    )
    train(network, autoencoding(images), how, "hand")
    return float(network.weight.detach())


def test_the_rate_of_each_step_is_that_of_the_schedule():
    # The loss of the one weight w is (w - 1)^2 times the power of the images.
    power = float(np.mean(IMAGES.astype(np.float64) ** 2))
    weight = 3.0
    for factor in (1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2):
        weight -= 0.1 * factor * 2 * (weight - 1) * power

    after = weight_after(4, 3.0, IMAGES, optimizer="sgd", schedule="cosine")

    assert after == pytest.approx(weight, rel=1e-6)


def test_the_peak_of_one_cycle_is_the_learning_rate_of_the_recipe():
    # Images of zeros give no gradient, so that each step of AdamW shrinks the weight by
    # its own rate times the decay. Twenty steps rise in two.
    rise = [1 / 25, (1 + 1 / 25) / 2]
    fall = [(1 + math.cos(math.pi * step / 18)) / 2 for step in range(18)]
    expected = 3 * math.prod(1 - 0.1 * factor * 0.5 for factor in rise + fall)

    after = weight_after(
        20,
        3.0,
        np.zeros_like(IMAGES),
        optimizer="adamw",
        weight_decay=0.5,
        schedule="one_cycle",
    )

    assert after == pytest.approx(expected, rel=1e-6)


TORCH_S_OWN = {
    "adam": lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.1, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.1, fused=True),
    "sgd": lambda p: torch.optim.SGD(
        p, 0.01, weight_decay=0.1, momentum=0.8, fused=True
    ),
}


def small_network() -> nn.Module:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.Conv2d(5, 3, 3))
    return network.to(memory_format=torch.channels_last)


def ours(name: str, network: nn.Module) -> Optimizer:
    optimizer = build_optimizer(name, network.parameters(), 0.1, 0.8, False)
    optimizer.learning_rate = 0.01
    return optimizer


def descend(network: nn.Module, optimizer: Any, steps: range) -> None:
    for seed in steps:
        generator = torch.Generator().manual_seed(seed)
        network.zero_grad()
        network(torch.rand((2, 3, 8, 8), generator=generator)).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("name", TORCH_S_OWN)
def test_the_updates_are_those_of_torch_s_own_optimizers(name):
    network, expected = small_network(), small_network()
    optimizer = ours(name, network)

    descend(network, optimizer, range(3))
    # As a checkpoint gives them back: in another layout.
    moments = [
        {key: value.contiguous() for key, value in values.items()}
        for values in optimizer.moments
    ]
    another = ours(name, network)
    another.restore(moments)
    descend(network, another, range(3, 5))
    descend(expected, TORCH_S_OWN[name](expected.parameters()), range(5))

    for mine, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize("name", [*TORCH_S_OWN, "muon"])
def test_a_layer_without_gradients_stays_and_the_others_learn(name):
    network, whole = small_network(), small_network()
    network[0].requires_grad_(False)
    frozen = copy.deepcopy(network[0].state_dict())

    descend(network, ours(name, network), range(1))
    descend(whole, ours(name, whole), range(1))

    for key, value in frozen.items():
        assert torch.equal(network[0].state_dict()[key], value)
    for key, value in whole[2].state_dict().items():
        assert torch.equal(network[2].state_dict()[key], value)


@pytest.mark.parametrize("name", [*TORCH_S_OWN, "muon"])
def test_a_layer_that_thaws_learns_from_then_on(name):
    network = small_network()
    optimizer = ours(name, network)
    network[0].requires_grad_(False)
    descend(network, optimizer, range(2))
    network[0].requires_grad_(True)
    before = network[0].weight.detach().clone()

    descend(network, optimizer, range(2, 4))

    assert not torch.equal(network[0].weight, before)
    assert network[0].weight.isfinite().all()


TRAININGS = """
import sys
import numpy as np
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.trainer import TrainingData, train
from tests.trainer.trainings import recipe
images = np.zeros((4, 8, 8, 3), np.float16)
data = TrainingData(images, images, images, Clean())
for name in ("report", "resunet", "ffdnet"):
    for optimizer in ("adam", "adamw", "sgd", "muon"):
        network = build_network(name, seed=0)
        small = recipe(steps=2, optimizer=optimizer, precision="bfloat16")
        train(network, data, small, name)
        reconstruct(NetworkDenoiser(network, "cpu", "bfloat16"), images)
assert "torch" in sys.modules
assert "torch._dynamo" not in sys.modules
"""


@pytest.mark.slow
def test_no_training_imports_pytorch_s_compiler():
    # Which takes as long as a short training: torch.optim's own classes import it.
    root = Path(__file__).parents[2]
    run([sys.executable, "-c", TRAININGS], cwd=root).check_returncode()
