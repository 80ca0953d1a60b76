"""What the loss history holds, and when."""

from __future__ import annotations

import math

import numpy as np
import pytest

from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.trainer import TrainingData, train
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


def test_records_stand_at_the_start_at_each_interval_and_at_the_end():
    history = train(
        Scale(0.5),
        autoencoding(some_images(10)),
        recipe(steps=25, batch_size=4, validation_interval=10),
        "x",
    )

    assert history["step"].tolist() == [0, 0, 10, 10, 20, 20, 25, 25]
    assert history["split"].tolist() == ["training", "validation"] * 4
    assert history["images_seen"].tolist() == [0, 0, 40, 40, 80, 80, 100, 100]
    assert history["epoch"].tolist() == pytest.approx([0, 0, 4, 4, 8, 8, 10, 10])
    columns = "step epoch images_seen split mse learning_rate seconds"
    assert history.columns.tolist() == columns.split()


def test_time_and_learning_rate_are_those_of_the_last_update():
    history = train(
        Scale(0.5),
        autoencoding(some_images(4)),
        recipe(steps=4, schedule="cosine", learning_rate=0.1, validation_interval=1),
        "x",
    )

    training = split_of(history, "training")
    cosine = [(1 + math.cos(math.pi * step / 4)) / 2 for step in range(4)]
    expected = [0.1 * factor for factor in [cosine[0], *cosine]]
    assert training["learning_rate"].tolist() == pytest.approx(expected)
    assert training["seconds"].is_monotonic_increasing
    assert training["seconds"].iloc[0] >= 0


def test_the_training_loss_is_the_mean_of_the_interval():
    # At this learning rate the weight stays as it is, to the last bit.
    images = some_images(24)
    history = train(
        Scale(0.5),
        autoencoding(images),
        recipe(
            steps=12,
            batch_size=4,
            optimizer="sgd",
            momentum=0.0,
            learning_rate=1e-30,
            validation_interval=3,
        ),
        "x",
    )

    mse = split_of(history, "training")["mse"]
    whole = np.mean((0.5 * images.astype(np.float64)) ** 2)
    # Two intervals are an epoch, so that their mean is the mean over all images ...
    assert mse[1:3].mean() == pytest.approx(whole, rel=1e-5)
    assert mse[3:5].mean() == pytest.approx(whole, rel=1e-5)
    # ... while none of them is, since images differ.
    assert (mse[1:] / whole - 1).abs().min() > 0.01


def test_validation_losses_are_those_of_the_network_as_it_is_at_that_step():
    images, targets = some_images(8), some_images(5, seed=1)
    inputs = add_noise(targets, NOISE, seed=0, stream=1)
    network = Scale(0.25)

    history = train(
        network,
        TrainingData(images, inputs, targets, NOISE),
        recipe(steps=10, batch_size=4),
        "x",
    )

    def mse(weight: float) -> float:
        return float(np.mean((inputs.astype(np.float64) * weight - targets) ** 2))

    weight = float(network.weight.detach())
    assert abs(weight - 0.25) > 0.01
    validation = split_of(history, "validation")["mse"]
    assert validation.tolist() == pytest.approx([mse(0.25), mse(weight)], rel=1e-5)


def test_the_network_is_in_training_mode_only_for_batches():
    network = Recorder()
    images, validation = some_images(8), some_images(3, seed=1)

    train(
        network,
        TrainingData(images, validation, validation, CLEAN),
        recipe(steps=4, batch_size=2, validation_interval=2),
        "x",
    )

    shapes = [(training, len(batch)) for training, batch in network.calls]
    step, validate = (True, 2), (False, 3)
    assert shapes == [step, validate, step, validate, step, step, validate]
    assert not network.training
