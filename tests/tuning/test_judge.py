"""The judgement on the test images, by small trainings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder import trainer
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.images import normalize
from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.tuning import judge as module
from denoising_autoencoder.tuning.judge import JudgeData, judge
from denoising_autoencoder.tuning.recipe import OWN
from tests.tuning.recipes import own_recipe, tuning

NOISE = Gaussian(kind="gaussian", std=0.2, clamp=True)


@pytest.fixture(scope="module")
def data(photograph) -> JudgeData:
    crops = photograph[:128, :64].reshape(16, 8, 8, 8, 3).swapaxes(1, 2)
    originals = np.ascontiguousarray(crops.reshape(-1, 8, 8, 3))
    images = normalize(originals)
    noisy = add_noise(images, NOISE, seed=0, stream=1)
    return JudgeData(
        images=images[:96],
        validation_inputs=noisy[96:112],
        validation_targets=images[96:112],
        test_inputs=noisy[112:],
        originals=originals[112:],
        noise=NOISE,
    )


def test_all_recipes_are_judged_by_the_same_fresh_seeds(data):
    recipes = {
        OWN: own_recipe(steps=4, seed=1),
        "trial 1": own_recipe(steps=4, seed=2),
        "trial 2": own_recipe(steps=4, learning_rate=0.001),
    }

    table = judge(data, recipes, tuning())

    scores = table.set_index(["seed", "recipe"])[["mse", "psnr", "ssim"]].unstack()
    assert scores.shape == (2, 9)
    assert not scores.isna().any(axis=None)
    same = scores.xs(OWN, axis=1, level=1), scores.xs("trial 1", axis=1, level=1)
    pd.testing.assert_frame_equal(*same)
    assert scores["psnr", OWN].nunique() == 2, "another seed, another network"
    assert (scores["psnr", OWN] != scores["psnr", "trial 2"]).all()
    # The lower the MSE of noise on [-1, 1], the higher the PSNR; both are of means.
    assert scores["psnr"].to_numpy() == pytest.approx(
        10 * np.log10(4 / scores["mse"].to_numpy()), abs=1.5
    )


def test_a_training_that_diverges_has_no_scores_and_the_others_have(data, monkeypatch):
    def train(network, parts, recipe, label):
        if recipe.learning_rate == 0.001 and label.endswith(str(seeds[1])):
            raise TrainingDivergedError(f"{label}: the loss became nan.")
        return trainer.train(network, parts, recipe, label)

    seeds = judge(data, {OWN: own_recipe(steps=1)}, tuning())["seed"]
    monkeypatch.setattr(module, "train", train)
    recipes = {
        OWN: own_recipe(steps=1),
        "trial 1": own_recipe(steps=1, learning_rate=0.001),
    }

    table = judge(data, recipes, tuning()).set_index(["recipe", "seed"])

    lost = table[table["psnr"].isna()]
    assert lost.index.tolist() == [("trial 1", seeds[1])]
    assert lost[["mse", "ssim"]].isna().all(axis=None)


@pytest.mark.slow
def test_two_processes_give_the_same_scores_as_one(data):
    recipes = {OWN: own_recipe(steps=4), "trial 1": own_recipe(steps=4, loss="mse")}

    one, two = (judge(data, recipes, tuning(workers=count)) for count in (1, 2))

    pd.testing.assert_frame_equal(one, two)
