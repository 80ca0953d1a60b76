"""A training that is interrupted and goes on ends as if it had not been."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer import TrainingData, train

CLEAN = Clean()
NOISE = Gaussian(kind="gaussian", std=0.3, clamp=True)
STEPS = 110
BROKEN_OFF = 73
"""Steps before the interrupt: the last checkpoint is of step 60."""


def recipe(**changes: Any) -> TrainingParameters:
    defaults: dict[str, Any] = {
        "steps": STEPS,
        "epochs": None,
        "batch_size": 4,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "schedule": "one_cycle",
        "weight_decay": 0.01,
        "momentum": 0.9,
        "validation_interval": 50,
        "checkpoint_seconds": 1e-9,  # whenever the loss is looked at
        "seed": 3,
        "device": "cpu",
        "threads": 1,
    }
    return TrainingParameters(**{**defaults, **changes})


@pytest.fixture
def data() -> TrainingData:
    return some_data()


def some_data(noise: Noise = NOISE, offset: float = 0.0) -> TrainingData:
    generator = np.random.default_rng(0)
    images = generator.uniform(-0.9, 0.9, (9, 8, 8, 3)).astype(np.float32) + offset
    return TrainingData(images, images, images, noise)


class WithBatchNorm(nn.Sequential):
    """Holds buffers besides parameters, one of them an integer."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        convolution = nn.Conv2d(3, 3, 3, padding=1)
        super().__init__(convolution, nn.BatchNorm2d(3))
        self.to(memory_format=torch.channels_last)


def report() -> nn.Module:
    return build_network("report", seed=3)


def break_off(network: nn.Module, after: int) -> None:
    """Interrupt a training in mid-step."""
    batches = 0

    def count(module: nn.Module, *_: object) -> None:
        nonlocal batches
        batches += module.training
        if batches > after:
            raise KeyboardInterrupt

    network.register_forward_hook(count)


def weights(network: nn.Module) -> dict[str, np.ndarray]:
    return {k: v.numpy().copy() for k, v in network.state_dict().items()}


def interrupted(
    folder: Path, data: TrainingData, how: TrainingParameters, build=report
) -> None:
    network = build()
    break_off(network, BROKEN_OFF)
    with pytest.raises(KeyboardInterrupt):
        train(network, data, how, "x", Checkpoints(folder))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("noise", [CLEAN, NOISE], ids=["clean", "noisy"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": "adamw", "schedule": "cosine"},
        {"optimizer": "sgd", "learning_rate": 0.1},
        {"optimizer": "sgd", "momentum": 0.0, "schedule": "constant"},
        {"optimizer": "muon", "augmentation": "dihedral", "precision": "bfloat16"},
        {"ema_half_life": 0.05, "noisy_inputs": 2, "loss": "psnr"},
    ],
    ids=["adam", "adamw", "sgd with momentum", "sgd", "muon", "average"],
)
@pytest.mark.parametrize("build", [report, WithBatchNorm])
def test_a_resumed_training_ends_in_the_same_bits(tmp_path, build, changes, noise):
    data, how = some_data(noise), recipe(**changes)
    whole = build()
    expected = train(whole, data, how, "x")
    interrupted(tmp_path, data, how, build)

    resumed = build()
    history = train(resumed, data, how, "x", Checkpoints(tmp_path))

    for name, value in weights(whole).items():
        np.testing.assert_array_equal(weights(resumed)[name], value, err_msg=name)
    pd.testing.assert_frame_equal(
        history.drop(columns="seconds"),
        expected.drop(columns="seconds"),
        check_exact=True,
    )
    assert history["seconds"].is_monotonic_increasing


def test_a_resumed_training_does_not_do_again_what_is_done(tmp_path, data, caplog):
    interrupted(tmp_path, data, recipe())
    network, batches = report(), []
    network.register_forward_hook(lambda module, *_: batches.append(module.training))

    with caplog.at_level(logging.INFO):
        train(network, data, recipe(), "DAE", Checkpoints(tmp_path))

    assert sum(batches) == STEPS - 60
    assert "DAE goes on from its checkpoint of step 60" in caplog.text


def test_a_training_that_ended_is_not_lost_before_its_model_is_saved(tmp_path, data):
    first, again = report(), report()
    train(first, data, recipe(), "x", Checkpoints(tmp_path))
    break_off(again, 0)

    train(again, data, recipe(), "x", Checkpoints(tmp_path))

    for name, value in weights(first).items():
        np.testing.assert_array_equal(weights(again)[name], value)


@pytest.mark.parametrize(
    ("changes", "noise", "offset"),
    [
        ({"learning_rate": 0.02}, NOISE, 0),
        ({"steps": STEPS + 1}, NOISE, 0),
        ({"seed": 4}, NOISE, 0),
        ({"batch_size": 3}, NOISE, 0),
        ({"optimizer": "adamw"}, NOISE, 0),
        ({}, CLEAN, 0),
        ({}, NOISE, 1e-6),
    ],
    ids=["rate", "steps", "seed", "batch", "optimizer", "noise", "images"],
)
def test_another_training_starts_anew(tmp_path, data, changes, noise, offset):
    interrupted(tmp_path, data, recipe())
    other, how = some_data(noise, offset), recipe(**changes)
    alone, beside = report(), report()
    train(alone, other, how, "x")

    train(beside, other, how, "x", Checkpoints(tmp_path))

    for name, value in weights(alone).items():
        np.testing.assert_array_equal(weights(beside)[name], value)
    assert len(files(tmp_path)) == 2


def test_other_weights_to_start_from_are_another_training(tmp_path, data):
    interrupted(tmp_path, data, recipe())
    other = build_network("report", seed=5)
    alone = build_network("report", seed=5)
    train(alone, data, recipe(), "x")

    train(other, data, recipe(), "x", Checkpoints(tmp_path))

    for name, value in weights(alone).items():
        np.testing.assert_array_equal(weights(other)[name], value)


def test_what_changes_no_bit_does_not_make_another_training(tmp_path, data, caplog):
    interrupted(tmp_path, data, recipe())

    with caplog.at_level(logging.INFO):
        how = recipe(checkpoint_seconds=60.0)
        train(report(), data, how, "renamed", Checkpoints(tmp_path))

    assert "renamed goes on from its checkpoint of step 60" in caplog.text


def test_a_short_training_writes_nothing_and_hashes_nothing(
    tmp_path, data, monkeypatch
):
    monkeypatch.setattr(TrainingData, "sha256", None)

    how = recipe(checkpoint_seconds=60.0)
    train(report(), data, how, "x", Checkpoints(tmp_path / "checkpoints"))

    assert list(tmp_path.iterdir()) == []


def test_a_short_training_beside_an_unfinished_one_writes_nothing(tmp_path, data):
    interrupted(tmp_path, data, recipe())
    before = files(tmp_path)

    how = recipe(checkpoint_seconds=60.0, seed=9)
    train(report(), data, how, "x", Checkpoints(tmp_path))

    assert files(tmp_path) == before


def test_the_interval_is_kept(tmp_path, data, monkeypatch):
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    saved = []

    class Store(Checkpoints):
        def save(self, key: str, arrays: Any, state: dict[str, Any]) -> str:
            saved.append(state["step"])
            return super().save(key, arrays, state)

    network = report()

    def a_second(module: nn.Module, *_: object) -> None:
        nonlocal now
        now += module.training

    network.register_forward_hook(a_second)

    train(network, data, recipe(checkpoint_seconds=30.0), "x", Store(tmp_path))

    # Looked at every 20 steps, each of a second; and the end, which is never lost.
    assert saved == [40, 80, STEPS]


def test_a_training_that_is_asked_to_stop_saves_and_ends(tmp_path, data):
    store, network, batches = Checkpoints(tmp_path), report(), 0

    def ask(module: nn.Module, *_: object) -> None:
        nonlocal batches
        batches += module.training
        if batches == 25:
            store.stop()

    network.register_forward_hook(ask)
    with pytest.raises(KeyboardInterrupt):
        train(network, data, recipe(checkpoint_seconds=60.0), "x", store)
    resumed, whole = report(), report()

    train(resumed, data, recipe(), "x", Checkpoints(tmp_path))

    assert batches == 40
    train(whole, data, recipe(), "x")
    for name, value in weights(whole).items():
        np.testing.assert_array_equal(weights(resumed)[name], value)


def test_a_change_of_the_code_is_another_training(tmp_path, data, monkeypatch):
    interrupted(tmp_path, data, recipe())
    read = Path.read_bytes

    def changed(path: Path) -> bytes:
        return read(path) + (b"# new" if path.name == "schedule.py" else b"")

    monkeypatch.setattr(Path, "read_bytes", changed)
    network, batches = report(), []
    network.register_forward_hook(lambda module, *_: batches.append(module.training))

    train(network, data, recipe(), "x", Checkpoints(tmp_path))

    assert sum(batches) == STEPS


class Exploding(nn.Module):
    """Gives 100 times a bright image from some step on."""

    def __init__(self, at: int, factor: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.at, self.factor, self.batches = at, factor, 0

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.batches += self.training
        bad = self.training and self.batches > self.at
        return self.scale * batch * (self.factor if bad else 1)


@pytest.mark.parametrize(
    ("factor", "words"), [(float("nan"), "the loss became nan"), (100.0, "the loss be")]
)
def test_a_training_that_diverges_names_step_rate_and_the_last_good_checkpoint(
    tmp_path, data, factor, words
):
    how = recipe(schedule="cosine", learning_rate=0.01, validation_interval=1000)

    with pytest.raises(TrainingDivergedError) as caught:
        train(Exploding(45, factor), data, how, "DAE", Checkpoints(tmp_path))

    message = str(caught.value)
    rate = 0.01 * (1 + np.cos(np.pi * 45 / STEPS)) / 2
    (checkpoint,) = files(tmp_path)
    assert f"DAE: {words}" in message
    assert f"at step 45 of {STEPS}, at learning rate {rate:.3g}" in message
    assert "lower its learning_rate" in message
    assert f"the last good checkpoint is of step 40, {checkpoint}" in message
    assert message.endswith(").")


def test_without_a_checkpoint_that_is_said(data):
    with pytest.raises(TrainingDivergedError, match=r"\(there is no checkpoint yet\)"):
        train(Exploding(5, float("nan")), data, recipe(), "x")


def test_weights_that_are_no_numbers_are_not_saved(tmp_path, data):
    """The update of step 40 breaks them; the losses up to it are fine."""
    network = Exploding(1000, 1.0)
    network.scale.register_hook(
        lambda gradient: gradient * (float("nan") if network.batches == 40 else 1)
    )

    with pytest.raises(TrainingDivergedError, match="checkpoint is of step 20"):
        train(network, data, recipe(), "x", Checkpoints(tmp_path))
