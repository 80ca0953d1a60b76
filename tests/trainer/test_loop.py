"""The training loop: steps, learning, determinism, what goes wrong."""

from __future__ import annotations

import logging
import math
import re
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from denoising_autoencoder.errors import ProjectError, TrainingDivergedError
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.gaussian_range import GaussianRange
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer import TrainingData, loop, time_left, train
from denoising_autoencoder.trainer.loop import count_steps
from tests.trainer.trainings import (
    CLEAN,
    NOISE,
    Level,
    Recorder,
    Scale,
    autoencoding,
    last_mse,
    recipe,
    some_images,
    split_of,
)


@pytest.mark.parametrize(
    ("changes", "images", "steps"),
    [
        ({"epochs": 3, "batch_size": 16, "steps": 7}, 45_000, 8437),
        ({"epochs": None, "steps": 7}, 45_000, 7),
        ({"epochs": 0.001, "batch_size": 16}, 10, 1),
    ],
)
def test_steps_are_those_of_the_recipe_or_fit_into_its_epochs(changes, images, steps):
    assert count_steps(recipe(**changes), images) == steps


def test_a_training_takes_as_many_steps_as_were_counted():
    network = Recorder()

    history = train(
        network, autoencoding(some_images(10)), recipe(epochs=2, batch_size=4), "x"
    )

    assert len(network.batches()) == 5
    assert history["step"].iloc[-1] == 5


# Learning


def test_training_is_the_loop_written_out(crops):
    """Whole epochs of clean images: neither order nor noise matter."""
    images = crops[:8]
    batch = torch.from_numpy(images.astype(np.float32)).permute(0, 3, 1, 2)
    expected = build_network("report", seed=0)
    optimizer = torch.optim.Adam(expected.parameters(), lr=0.005, weight_decay=0.01)
    losses = []
    for _ in range(8):
        loss = ((expected(batch) - batch) ** 2).mean()
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    network = build_network("report", seed=0)
    history = train(
        network,
        autoencoding(images),
        recipe(
            steps=8,
            batch_size=8,
            learning_rate=0.005,
            schedule="constant",
            weight_decay=0.01,
            validation_interval=1,
        ),
        "AE",
    )

    training = split_of(history, "training")["mse"]
    # The record at step 0 is the first batch's loss; that at step n is of batch n.
    assert training.tolist() == pytest.approx([losses[0], *losses], rel=1e-4)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(
            value, expected.state_dict()[name], rtol=1e-3, atol=1e-5
        )


def test_a_denoiser_is_much_nearer_to_the_images_than_its_noisy_inputs(crops):
    images, validation = crops[:192], crops[192:]
    inputs = add_noise(validation, NOISE, seed=0, stream=1)
    data = TrainingData(images, inputs, validation, NOISE)
    network = build_network("report", seed=0)

    history = train(network, data, recipe(steps=100), "DAE")

    noisy = np.mean((inputs.astype(np.float64) - validation.astype(np.float64)) ** 2)
    assert last_mse(history) < 0.5 * noisy


def test_the_target_is_the_clean_image():
    images = some_images(4)
    data = autoencoding(images, Gaussian(kind="gaussian", std=1.0, clamp=False))

    # A network that always gives grey: its loss is the target's power, exactly.
    history = train(Scale(0.0), data, recipe(steps=1, batch_size=4), "DAE")

    power = np.mean(images.astype(np.float64) ** 2)
    assert split_of(history, "training")["mse"][0] == pytest.approx(power, rel=1e-5)


def test_bfloat16_learns_as_float32_does_and_keeps_its_weights(crops):
    ends = []
    for precision in ("float32", "bfloat16"):
        network = build_network(
            "resunet", seed=0, options={"widths": [8], "blocks": [1]}
        )
        how = recipe(
            steps=60, optimizer="muon", precision=precision, learning_rate=0.004
        )
        ends.append(last_mse(train(network, autoencoding(crops[:32], NOISE), how, "x")))
        assert {p.dtype for p in network.parameters()} == {torch.float32}

    assert ends[0] != ends[1]
    assert ends[1] == pytest.approx(ends[0], rel=0.1)
    assert max(ends) < 0.05


# Determinism, and what the recipe changes


def trained(**changes: Any) -> dict[str, torch.Tensor]:
    network = build_network("report", seed=0)
    how = recipe(steps=5, batch_size=4, **changes)
    train(network, autoencoding(some_images(6), NOISE), how, "DAE")
    return network.state_dict()


def test_equal_seeds_give_equal_weights_whatever_the_global_generator():
    first = trained()
    torch.manual_seed(77)

    second = trained()

    assert all(torch.equal(value, second[name]) for name, value in first.items())


MUON = {"optimizer": "muon"}
SGD = {"optimizer": "sgd"}


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        ({}, {"optimizer": "adamw"}),
        ({}, SGD),
        ({}, MUON),
        (SGD, {"momentum": 0.5}),
        (MUON, {"muon_colors": True}),
        ({}, {"schedule": "cosine"}),
        ({}, {"learning_rate": 0.02}),
        ({}, {"weight_decay": 0.5}),
        ({}, {"loss": "psnr"}),
        ({}, {"l1_penalty": 0.1}),
        ({}, {"augmentation": "dihedral"}),
        ({}, {"noisy_inputs": 1}),
        ({}, {"precision": "bfloat16"}),
        ({}, {"seed": 1}),
    ],
)
def test_each_value_of_a_recipe_reaches_the_training(base, changes):
    base = {"weight_decay": 0.1, **base}

    before, after = trained(**base), trained(**base | changes)

    assert not torch.equal(before["0.weight"], after["0.weight"])


def test_another_seed_gives_other_noise_also_if_the_order_is_the_same():
    def first_batch(seed: int) -> torch.Tensor:
        network = Recorder()
        how = recipe(steps=1, batch_size=1, seed=seed)
        train(network, autoencoding(some_images(1), NOISE), how, "DAE")
        return network.batches()[0]

    assert torch.equal(first_batch(0), first_batch(0))
    assert not torch.equal(first_batch(0), first_batch(1))


# What is said and what goes wrong


def test_the_log_names_the_training_at_its_start_and_its_end(caplog):
    with caplog.at_level(logging.INFO, logger="denoising_autoencoder"):
        history = train(
            Scale(0.5), autoencoding(some_images(4)), recipe(steps=3), "DAE"
        )

    first, last = caplog.messages
    validation = split_of(history, "validation")["mse"]
    assert first.startswith("DAE start: training MSE ")
    assert last.startswith("DAE end:   training MSE ")
    assert f"validation MSE {validation[0]:.3f}" in first
    assert f"validation MSE {validation[1]:.4f}" in last


def test_a_training_that_takes_long_says_so_with_its_validations(monkeypatch, caplog):
    monkeypatch.setattr(time_left, "LOOK", 0.0)  # nothing is short
    timed = []
    timing = time_left.TimeLeft.timing
    monkeypatch.setattr(
        time_left.TimeLeft,
        "timing",
        lambda self, validate: timing(self, lambda: timed.append(1) or validate()),
    )
    with caplog.at_level(logging.INFO, logger="denoising_autoencoder"):
        how = recipe(steps=3, validation_interval=2)
        train(Scale(0.5), autoencoding(some_images(4)), how, "DAE")

    assert any(
        re.fullmatch(r"DAE: 3 steps, about 5 s at [\d.e+]+ m?s a step", message)
        for message in caplog.messages
    )
    assert len(timed) == 3  # at the start, after two steps and at the end


def test_the_bar_of_a_training_shows_its_losses_and_its_speed(monkeypatch):
    updates = []

    @contextmanager
    def noting(label: str, total: float):
        assert (label, total) == ("DAE", 3)
        yield lambda done, text: updates.append((done, text))

    monkeypatch.setattr(loop, "progress_bar", noting)

    history = train(Scale(0.5), autoencoding(some_images(4)), recipe(steps=3), "DAE")

    done, text = updates[-1]
    training, validation = history["mse"].iloc[-2:]
    assert done == 3
    assert re.fullmatch(
        rf"3/3 loss {training:.4f} validation {validation:.4f} [\d,]+ images/s", text
    )


def exploding(**changes: Any) -> TrainingParameters:
    defaults: dict[str, Any] = {
        "optimizer": "sgd",
        "learning_rate": 9.5,
        "weight_decay": 1.0,
        "schedule": "constant",
    }
    return recipe(**{**defaults, **changes})


def test_a_learning_rate_that_explodes_is_named_with_its_training():
    data = autoencoding(some_images(16), NOISE)

    with pytest.raises(TrainingDivergedError) as caught:
        train(build_network("report", seed=0), data, exploding(), "strong DAE")

    message = str(caught.value)
    assert message.startswith("strong DAE: ")
    assert "at learning rate 9.5: lower its learning_rate" in message


def test_a_training_that_says_nothing_has_finite_losses_to_the_end():
    """Wherever it ends, also at the very step that makes the weights explode."""
    # The validation images are brighter, so that their loss overflows first.
    images = np.full((4, 2, 2, 3), 0.1, np.float32)
    data = TrainingData(images, 10 * images, 10 * images, CLEAN)
    outcomes = []
    for steps in range(1, 25):
        ending = exploding(steps=steps, batch_size=1, momentum=0.0)
        try:
            history = train(Scale(0.5), data, ending, "x")
        except TrainingDivergedError:
            outcomes.append("refused")
        else:
            assert np.isfinite(history["mse"]).all(), f"after {steps} steps"
            outcomes.append("finite")

    assert set(outcomes) == {"finite", "refused"}


class Breaking(Scale):
    """Gives NaN from some step on."""

    def __init__(self, breaks_at: int) -> None:
        super().__init__(0.5)
        self.breaks_at = breaks_at
        self.steps = 0

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        outputs = super().forward(batch)
        if not self.training:
            return outputs
        self.steps += 1
        return outputs * (math.nan if self.steps > self.breaks_at else 1)


@pytest.mark.parametrize("breaks_at", [0, 30])
def test_a_loss_that_is_not_finite_is_noticed_within_twenty_steps(breaks_at):
    network = Breaking(breaks_at)
    how = recipe(steps=1000, batch_size=4, validation_interval=1000)

    with pytest.raises(TrainingDivergedError, match="the loss became nan"):
        train(network, autoencoding(some_images(4)), how, "x")

    assert breaks_at < network.steps <= breaks_at + 20


def test_cuda_is_refused_where_there_is_none_before_any_step(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network = Recorder()

    with pytest.raises(ProjectError, match="no CUDA device"):
        train(network, autoencoding(some_images(4)), recipe(device="cuda"), "x")

    assert network.calls == []


def test_the_validation_gives_each_image_the_level_of_its_noise():
    noise = GaussianRange(
        kind="gaussian_range", std=0.5, low=0.0, judged=[0.1, 0.4], clamp=False
    )
    black = np.zeros((4, 8, 8, 3), np.float32)

    data = autoencoding(black, noise)

    history = train(Level(), data, recipe(steps=1, batch_size=2), "x")

    before = split_of(history, "validation")["mse"].iloc[0]
    assert before == pytest.approx((0.1**2 + 0.4**2) / 2)
