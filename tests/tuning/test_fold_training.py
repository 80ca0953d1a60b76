from __future__ import annotations

import logging

import numpy as np
import pytest

from denoising_autoencoder import trainer
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.tuning import fold_training
from denoising_autoencoder.tuning.fold_training import (
    FoldData,
    quiet_trainings,
    train_fold,
)
from denoising_autoencoder.tuning.folds import make_folds
from tests.tuning.recipes import own_recipe

NOISE = Gaussian(kind="gaussian", std=0.2, clamp=True)


@pytest.fixture
def data() -> FoldData:
    levels = np.linspace(-0.8, 0.8, 24)[:, None, None, None]
    images = np.broadcast_to(levels, (24, 8, 8, 3)).astype(np.float16)
    return FoldData(images, make_folds(np.arange(24), 3, seed=0), NOISE, noise_seed=0)


def test_a_training_sees_all_images_but_those_that_are_held_out(data, monkeypatch):
    seen, records = [], []

    def train(network, parts, *arguments, **options):
        seen.append(parts)
        return trainer.train(network, parts, *arguments, **options)

    monkeypatch.setattr(fold_training, "train", train)
    recipe = own_recipe(steps=20)

    score = train_fold(data, 1, recipe, "x", lambda *record: records.append(record))
    again = train_fold(data, 1, recipe, "x")

    assert score == again
    (parts, same) = seen
    assert (parts.images == data.images[data.folds != 1]).all()
    assert (parts.validation_targets == data.images[data.folds == 1]).all()
    assert (parts.validation_inputs == same.validation_inputs).all()
    assert np.std(parts.validation_inputs - parts.validation_targets) > 0.1
    assert [step for step, _ in records] == [0, 10, 20]
    assert records[-1][1] == pytest.approx(score.mse, rel=0.02)  # not rounded to uint8


def test_trainings_are_quiet_but_for_warnings(data, caplog):
    with caplog.at_level(logging.INFO), quiet_trainings():
        train_fold(data, 0, own_recipe(steps=1), "x")
    assert caplog.text == ""
