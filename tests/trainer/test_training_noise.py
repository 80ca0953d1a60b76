"""The noise and the order of the batches that a training sees."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.trainer import train
from tests.trainer.trainings import (
    CLEAN,
    NOISE,
    Recorder,
    Scale,
    autoencoding,
    recipe,
    some_images,
    split_of,
)


def test_training_inputs_carry_fresh_noise_in_every_epoch():
    image = some_images(1)
    network = Recorder()

    train(
        network,
        autoencoding(image, Gaussian(kind="gaussian", std=0.2, clamp=False)),
        recipe(steps=50, batch_size=1),
        "DAE",
    )

    clean = torch.from_numpy(image).permute(0, 3, 1, 2)
    noise = torch.stack([batch - clean for batch in network.batches()]).double()
    assert len(noise.unique(dim=0)) == 50
    # 9,600 values: deviations of 0.2 / 98 of their mean and 0.2 / 138 of their std.
    assert abs(noise.mean()) < 4 * 0.2 / math.sqrt(noise.numel())
    assert abs(noise.std() - 0.2) < 4 * 0.2 / math.sqrt(2 * noise.numel())


def test_the_target_is_the_clean_image():
    images = some_images(4)
    data = autoencoding(images, Gaussian(kind="gaussian", std=1.0, clamp=False))

    # A network that always gives black: its loss is the target's power, exactly.
    history = train(Scale(0.0), data, recipe(steps=1, batch_size=4), "DAE")

    power = np.mean(images.astype(np.float64) ** 2)
    assert split_of(history, "training")["mse"][0] == pytest.approx(power, rel=1e-5)


def test_training_noise_is_clamped_if_the_noise_is():
    network = Recorder()

    train(network, autoencoding(some_images(4), NOISE), recipe(steps=5), "DAE")

    values = torch.stack(network.batches())
    assert values.min() == -1
    assert values.max() == 1


def order_of_batches(noise: Noise, **changes: Any) -> list[int]:
    """Which image comes when; the images are told apart by their level."""
    images = np.linspace(-0.9, 0.9, 20, dtype=np.float32).reshape(-1, 1, 1, 1)
    images = images * np.ones((20, 16, 16, 3), np.float32)
    network = Recorder()
    train(network, autoencoding(images, noise), recipe(steps=9, **changes), "x")
    levels = torch.cat(network.batches()).mean(dim=(1, 2, 3)).numpy()
    return np.rint((levels + 0.9) / 1.8 * 19).astype(int).tolist()


def test_noise_leaves_the_order_of_the_batches_alone():
    without = order_of_batches(CLEAN)

    assert sorted(without[:20]) == list(range(20))
    noise = Gaussian(kind="gaussian", std=0.1, clamp=False)
    assert order_of_batches(noise) == without
    assert order_of_batches(CLEAN, seed=1) != without
