"""Updates: of one weight by hand, of a small network beside torch.optim's own."""

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

from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer import TrainingData, train
from denoising_autoencoder.trainer.build import build_optimizer
from denoising_autoencoder.trainer.optimizer import Optimizer
from tests.processes import run
from tests.trainer.trainings import Scale

IMAGES = np.random.default_rng(0).uniform(-1, 1, (4, 4, 4, 3)).astype(np.float32)
POWER = float(np.mean(IMAGES.astype(np.float64) ** 2))
"""With the one weight w of `Scale` the loss of clean images is (w - 1)^2 * POWER."""


def recipe(**changes: Any) -> TrainingParameters:
    return TrainingParameters(
        **{
            "steps": 1,
            "batch_size": len(IMAGES),
            "optimizer": "sgd",
            "learning_rate": 0.1,
            "schedule": "constant",
            "weight_decay": 0.0,
            "momentum": 0.0,
            "validation_interval": 100,
            "checkpoint_seconds": 30.0,
            "seed": 0,
            "device": "cpu",
            "threads": 1,
            **changes,
        }
    )


def weight_after(
    steps: int, start: float, images: np.ndarray = IMAGES, **changes: Any
) -> float:
    """The weight after some steps over whole epochs, so that all losses are known."""
    network = Scale(start)
    data = TrainingData(images, images, images, Clean())
    train(network, data, recipe(steps=steps, **changes), "hand")
    return float(network.weight.detach())


def gradient(weight: float, decay: float = 0.0) -> float:
    return 2 * (weight - 1) * POWER + decay * weight


def test_a_step_of_sgd_goes_down_the_gradient():
    assert weight_after(1, 3.0) == pytest.approx(3 - 0.1 * gradient(3), rel=1e-6)


def test_weight_decay_reaches_sgd():
    expected = 3 - 0.1 * gradient(3, decay=0.5)

    assert weight_after(1, 3.0, weight_decay=0.5) == pytest.approx(expected, rel=1e-6)


def test_momentum_reaches_sgd():
    first = gradient(3)
    weight = 3 - 0.1 * first
    second = 0.8 * first + gradient(weight)

    after = weight_after(2, 3.0, momentum=0.8)

    assert after == pytest.approx(weight - 0.1 * second, rel=1e-6)


def test_gradients_are_those_of_one_step_alone():
    weight = 3.0
    for _ in range(3):
        weight -= 0.1 * gradient(weight)

    assert weight_after(3, 3.0) == pytest.approx(weight, rel=1e-6)


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient():
    for start in (3.0, 300.0, -5.0):
        step = weight_after(1, start, optimizer="adam") - start

        assert step == pytest.approx(0.1 if start < 1 else -0.1, rel=1e-3)


def test_the_second_step_of_adam_follows_its_moments():
    gradients = [gradient(1.05), gradient(1.05 - 0.1)]  # of unlike signs
    first = 0.9 * 0.1 * gradients[0] + 0.1 * gradients[1]
    second = 0.999 * 0.001 * gradients[0] ** 2 + 0.001 * gradients[1] ** 2
    step = (first / (1 - 0.9**2)) / (second / (1 - 0.999**2)) ** 0.5

    after = weight_after(2, 1.05, optimizer="adam")

    assert after == pytest.approx(0.95 - 0.1 * step, abs=1e-5)


def test_weight_decay_is_part_of_adam_s_gradient_and_apart_from_adamw_s():
    # At 1 the loss has no gradient: Adam still steps by the sign of the decay, AdamW
    # shrinks the weight by rate times decay.
    adam = weight_after(1, 1.0, optimizer="adam", weight_decay=0.2)
    adamw = weight_after(1, 1.0, optimizer="adamw", weight_decay=0.2)

    assert adam == pytest.approx(1 - 0.1, rel=1e-5)
    assert adamw == pytest.approx(1 - 0.1 * 0.2, rel=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_without_weight_decay_a_perfect_weight_stays(optimizer):
    assert weight_after(3, 1.0, optimizer=optimizer) == 1.0


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("constant", [1, 1, 1, 1]),
        ("cosine", [1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2]),
    ],
)
def test_the_schedule_reaches_the_optimizer_at_every_step(schedule, factors):
    weight = 3.0
    for factor in factors:
        weight -= 0.1 * factor * gradient(weight)

    assert weight_after(4, 3.0, schedule=schedule) == pytest.approx(weight, rel=1e-6)


def test_the_peak_of_one_cycle_is_the_learning_rate_of_the_recipe():
    # Images of zeros give no gradient, so that each step of AdamW
    # shrinks the weight by its own rate times the decay. Twenty steps rise in two.
    rise = [1 / 25, (1 + 1 / 25) / 2]
    fall = [(1 + math.cos(math.pi * step / 18)) / 2 for step in range(18)]
    expected = 3 * math.prod(1 - 0.1 * factor * 0.5 for factor in rise + fall)

    after = weight_after(
        20,
        3.0,
        images=np.zeros_like(IMAGES),
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
    changes = {"optimizer": name, "weight_decay": 0.1, "momentum": 0.8}
    optimizer = build_optimizer(network, recipe(**changes))
    optimizer.learning_rate = 0.01
    return optimizer


def descend(network: nn.Module, optimizer: Any, steps: range) -> None:
    for seed in steps:
        generator = torch.Generator().manual_seed(seed)
        optimizer.zero_grad()
        network(torch.rand((2, 3, 8, 8), generator=generator)).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("name", TORCH_S_OWN)
def test_the_updates_are_those_of_torch_s_own_optimizers(name):
    network, expected = small_network(), small_network()
    optimizer = ours(name, network)

    descend(network, optimizer, range(3))
    # As a checkpoint gives them back: in another layout.
    moments = [
        {key: value.contiguous() for key, value in one.items()}
        for one in optimizer.moments
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
from tests.trainer.test_optimizer import recipe
images = np.zeros((4, 8, 8, 3), np.float16)
data = TrainingData(images, images, images, Clean())
for name in ("report", "resunet", "ffdnet"):
    for optimizer in ("adam", "adamw", "sgd", "muon"):
        network = build_network(name, seed=0)
        small = recipe(
            steps=2, optimizer=optimizer, precision="bfloat16", ema_half_life=0.5
        )
        train(network, data, small, name)
        reconstruct(NetworkDenoiser(network, "cpu", "bfloat16"), images)
assert "torch" in sys.modules
assert "torch._dynamo" not in sys.modules
"""


def test_no_training_imports_pytorch_s_compiler():
    # Which takes as long as a short training: torch.optim's own classes import it.
    root = Path(__file__).parents[2]
    run([sys.executable, "-c", TRAININGS], cwd=root).check_returncode()
