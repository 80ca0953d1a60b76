"""Autoencoders with small codes beside PCA."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from rich.console import Console

from denoising_autoencoder.denoisers.codec import trained_codec
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines.codes import nodes, summary
from denoising_autoencoder.pipelines.lanes.nodes import (
    score_reconstructions,
    train_model,
)

CLEAN = {**Clean().model_dump(), "seed": 0}
SMALL = {
    "code": 24, "encoder_widths": [4], "encoder_blocks": [1], "widths": [4, 8],
    "blocks": [1, 1],
}  # fmt: skip


@pytest.fixture(scope="module")
def images(photograph) -> np.ndarray:
    """256 crops of 32x32 in [-1, 1]."""
    crops = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    return normalize(crops)


@pytest.fixture(scope="module")
def lane(project):
    """A lane's block with some options."""
    base = yaml.safe_load((project / "conf/base/parameters_lanes.yml").read_text())

    def with_options(**changes) -> LaneParameters:
        block = base["code_128"] | {"steps": 40, "validation_interval": 40}
        block |= {"device": "cpu", "precision": "float32"}
        return LaneParameters(**block | {"options": SMALL | changes})

    return with_options


def train(images, lane):
    return train_model(images, images[:20], images[:20], CLEAN, lane, None, "code_128")


def test_a_trained_code_is_better_than_pca_with_as_many_numbers(images, lane):
    training, test = images[:200], images[200:]
    originals, photographs = unnormalize(test), np.arange(len(test), dtype=np.int32)
    recipe = lane()

    model, history, _ = train(training, recipe)
    pca = nodes.fit_code_pca(training, code_128=recipe)
    codes = nodes.encode_images(model, test, "cpu", "float32")
    of_pca = nodes.score_code_pca(
        pca, originals, photographs,
        **{"code_128.parameters": recipe, "code_128.inputs": test,
           "code_128.noise": CLEAN},
    )  # fmt: skip
    decoded = trained_codec(model, "cpu", "float32").decode(codes)
    scores = score_reconstructions(decoded, originals, photographs, CLEAN)
    table = nodes.compare_codes(
        of_pca, {"name": "crops", "n_test_in_training": 0},
        **{"code_128.scores": scores, "code_128.history": history,
           "code_128.noise": CLEAN, "code_128.model": model,
           "code_128.parameters": recipe},
    )  # fmt: skip

    assert codes.shape == (56, 24)
    rows = table.set_index("method")
    assert rows["psnr"].to_dict() == pytest.approx(
        {"pca": of_pca["psnr"].mean(), "code": scores["psnr"].mean()}
    )
    gain = (scores["psnr"] - of_pca["psnr"]).mean()
    assert rows.loc["code", "minus_pca"] == pytest.approx(gain)
    assert gain > 0.1
    assert rows.loc["code", "low"] < gain < rows.loc["code", "high"]
    assert np.isnan(rows.loc["pca", "tflop"])
    assert rows.loc["code", "tflop"] > 0
    assert (rows["code_size"] == 24).all()


def test_the_smaller_pca_is_the_first_part_of_the_larger(images, lane):
    rows = nodes.fit_code_pca(images, small=lane(code=5), large=lane(code=30))

    fitted = nodes.first_components(rows, 5)

    assert rows.shape == (31, 3072)
    alone = fit_pca(images, 5)
    alike = np.abs(fitted.components.numpy() @ alone.components.numpy().T)
    np.testing.assert_allclose(alike, np.eye(5), atol=1e-2)


@pytest.mark.parametrize(
    ("count", "changes", "sentence"),
    [
        (24, {}, "Code of 128 needs at least 25 training images"),
        (1, {"code": 3}, "needs at least 4 training images, but there are only 1"),
        (30, {"height": 16}, "for images of 32x16 pixels, but these have 32x32"),
    ],
)
def test_images_that_do_not_fit_are_refused(images, lane, count, changes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        train(images[:count], lane(**changes))


def test_pca_needs_more_images_than_numbers(images, lane):
    with pytest.raises(ParameterError, match="PCA with 24 numbers needs more training"):
        nodes.fit_code_pca(images[:24], code_128=lane())


@pytest.mark.slow
def test_constant_images_come_back(images, lane):
    constant = np.full_like(images[:40], 0.25)

    model, _, _ = train(constant, lane(code=3))

    codec = trained_codec(model, "cpu", "float32")
    decoded = codec.decode(codec.encode(constant))
    assert np.abs(decoded.astype(int) - unnormalize(constant)).max() <= 2


def test_the_table_of_a_run_names_the_noise():
    row = {
        "lane": "n", "images": "some", "n_images": 9, "code_size": 4, "psnr": 20.0,
        "ssim": 0.5, "noise_std": 0.3, "noise": "much noise", "minus_pca": 1.5,
        "low": 1.0, "high": 2.0, "p_value": 1e-5,
    }  # fmt: skip
    table = pd.DataFrame([{"method": "pca", **row}, {"method": "code", **row}])

    table["psnr"] = [18.5, 20.0]
    table["n_exact"] = 1
    console = Console(width=100, record=True, file=io.StringIO())

    console.print(summary.TABLES["code_scores"](table))

    printed = console.export_text()
    assert re.search(r"4 +noisy +18\.50 +20\.00 +\+1\.50 +\+1\.00 +\+2\.00 ", printed)
    assert "noisy: much noise" in printed
    assert "An exact image equals its original" in printed
