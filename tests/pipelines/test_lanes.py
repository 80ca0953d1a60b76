"""The nodes of a lane, and the lane as Kedro runs it."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from denoising_autoencoder.denoisers import network
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.lanes import LANES, Lane
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines import lanes
from denoising_autoencoder.pipelines.lanes import nodes
from tests.trainer.trainings import Level

CLEAN = {**Clean().model_dump(), "seed": 0}
NOISE = Gaussian(kind="gaussian", std=0.3, clamp=True)
SPEC = {**NOISE.model_dump(), "seed": 0}


@pytest.fixture(scope="module")
def recipe(project) -> dict[str, object]:
    base = yaml.safe_load((project / "conf/base/parameters_lanes.yml").read_text())
    return base["dae"] | {"steps": 150, "validation_interval": 50, "device": "cpu"}


@pytest.fixture(scope="module")
def images(photograph) -> np.ndarray:
    """64 crops of 32x32 in [-1, 1]."""
    crops = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    return normalize(crops[64:128])


def test_a_trained_model_gives_better_images_than_its_input(images, recipe):
    noisy = add_noise(images, NOISE, seed=0, stream=1)
    originals = unnormalize(images)

    lane = LaneParameters(**recipe)

    model, history, _ = nodes.train_model(
        images, images, noisy, SPEC, lane, None, "dae"
    )
    denoised = nodes.reconstruct_images(model, noisy, SPEC, "cpu", "float32", 1)

    photographs = np.arange(64, dtype=np.int32)
    before = nodes.score_reconstructions(
        unnormalize(noisy), originals, photographs, SPEC
    )
    after = nodes.score_reconstructions(denoised, originals, photographs, SPEC)
    assert after["psnr"].mean() > before["psnr"].mean() + 1.5
    # The last record of the history is of this very model on these very images.
    last = history[history["split"] == "validation"]["mse"].iloc[-1]
    assert after["mse"].mean() == pytest.approx(last, rel=0.01)


def test_a_network_that_takes_the_noise_is_given_that_of_each_image(
    images, monkeypatch
):
    noise = {"std": 0.5, "low": 0.0, "judged": [0.05, 0.4], "clamp": True, "seed": 0}
    spec = {"kind": "gaussian_range", **noise}
    denoiser = NetworkDenoiser(Level(), "cpu")
    monkeypatch.setattr(network, "trained_denoiser", lambda *_: denoiser)

    denoised = nodes.reconstruct_images(None, images, spec, "cpu", "float32", 1)

    levels = unnormalize(np.array([0.05, 0.4] * 32))
    np.testing.assert_array_equal(denoised[:, 0, 0, 0], levels)
    photographs = np.arange(64, dtype=np.int32)
    scores = nodes.score_reconstructions(
        denoised, unnormalize(images), photographs, spec
    )
    assert scores["noise_std"].tolist() == [0.05, 0.4] * 32


def test_a_lane_for_other_channels_than_the_images_have_is_refused(images, recipe):
    lane = LaneParameters(**recipe | {"options": {"channels": 1}})

    with pytest.raises(ParameterError, match=r"dae\.options\.channels is 1.* have 3"):
        nodes.train_model(images, images, images, SPEC, lane, None, "dae")


def test_a_model_has_its_network_all_options_and_the_noise(images, recipe):
    wide = LaneParameters(**(recipe | {"steps": 1, "options": {"width": 12}}))

    model, *_ = nodes.train_model(images, images, images, CLEAN, wide, None, "ae")
    exact, rough = (
        nodes.reconstruct_images(model, images, CLEAN, "cpu", precision, 2)
        for precision in ("float32", "bfloat16")
    )

    weights, configuration = model
    flags = dict.fromkeys(("batch_norm", "input_skip", "linear_start"), False)
    assert configuration == {
        "network": "report",
        "options": {"channels": 3, "layers": 2, "width": 12, **flags},
        "noise": CLEAN,
    }
    assert weights["0.weight"].shape == (12, 3, 3, 3)
    # The precision reaches the network.
    assert not np.array_equal(exact, rough)
    assert np.abs(exact.astype(int) - rough).max() < 10


def test_the_seconds_are_not_in_the_history_which_is_the_same_each_time(images, recipe):
    few = LaneParameters(**(recipe | {"steps": 20, "validation_interval": 10}))

    first, second = (
        nodes.train_model(images, images, images, CLEAN, few, None, "ae")
        for _ in range(2)
    )

    pd.testing.assert_frame_equal(first[1], second[1], check_exact=True)
    assert list(first[2].columns) == ["step", "seconds"]
    assert first[2]["step"].tolist() == [0, 10, 20]
    assert first[2]["seconds"].is_monotonic_increasing


def test_scores_name_each_image_its_photograph_and_the_noise():
    originals = np.full((3, 16, 16, 3), 100, dtype=np.uint8)
    images = originals.copy()
    images[1] += 10

    scores = nodes.score_reconstructions(
        images,
        originals,
        np.array([8, 9, 9], dtype=np.int32),
        SPEC,
    )

    assert scores["image"].tolist() == [0, 1, 2]
    assert scores["photograph"].tolist() == [8, 9, 9]
    assert scores["noise_std"].tolist() == [0.3, 0.3, 0.3]
    assert scores["mse"].tolist() == pytest.approx([0, (10 / 127.5) ** 2, 0])
    assert scores["psnr"][1] == pytest.approx(20 * np.log10(25.5))


def test_a_noisy_lane_reads_noisy_inputs_and_a_clean_one_never_does():
    ae, dae = (
        lanes.create_pipeline([lane]).inputs() - {"params:ae", "params:dae"}
        for lane in LANES[:2]
    )

    shared = {"train_images", "validation_images", "raw_test_images", "checkpoints"}
    assert ae == shared | {
        "clean_spec", "test_images", "test_photographs", "params:ae.device",
        "params:ae.precision",
        "params:ae.threads",
    }  # fmt: skip
    assert dae == shared | {
        "noise_spec", "noisy_test_images", "noisy_validation_images",
        "test_photographs", "params:dae.device", "params:dae.precision",
        "params:dae.threads",
    }  # fmt: skip


def test_a_new_lane_runs_from_arrays_to_scores(images, recipe):
    lane = Lane("mine", noisy=True)
    few = LaneParameters(**(recipe | {"steps": 5}))
    noisy = add_noise(images, NOISE, seed=0, stream=2)
    values = {
        "train_images": images,
        "validation_images": images,
        "noisy_validation_images": noisy,
        "noisy_test_images": noisy,
        "raw_test_images": unnormalize(images),
        "test_photographs": np.arange(64),
        "noise_spec": SPEC,
        "params:mine": few,
        "params:mine.device": "cpu",
        "params:mine.precision": "float32",
        "params:mine.threads": 1,
        "checkpoints": None,
    }
    catalog = DataCatalog({name: MemoryDataset(v) for name, v in values.items()})

    outputs = SequentialRunner().run(lanes.create_pipeline([lane]), catalog)

    assert set(outputs) == {"mine_history", "mine_scores", "mine_timing"}
    scores = outputs["mine_scores"].load()
    assert len(scores) == 64
    assert np.isfinite(scores[["mse", "psnr", "ssim"]].to_numpy()).all()


def test_images_that_the_layers_would_use_up_are_refused_before_any_step(
    images, recipe
):
    deep = LaneParameters(**(recipe | {"options": {"layers": 8}}))
    small = images[:, :16]

    with pytest.raises(
        ProjectError, match=r"need 17 pixels a side, but these have 32x16: .*layers"
    ):
        nodes.train_model(small, small, small, SPEC, deep, None, "dae")


def test_a_batch_that_is_larger_than_the_training_set_is_refused(images, recipe):
    values = {
        "train_images": images,
        "validation_images": images,
        "noisy_validation_images": images,
        "noise_spec": SPEC,
        "params:mine": LaneParameters(**(recipe | {"batch_size": 65})),
        "checkpoints": None,
    }
    catalog = DataCatalog({name: MemoryDataset(v) for name, v in values.items()})
    lane = lanes.create_pipeline([Lane("mine", noisy=True)])

    with pytest.raises(ParameterError) as caught:
        SequentialRunner().run(lane.only_nodes("mine.train"), catalog)

    assert str(caught.value) == (
        "mine.batch_size = 65, but there are only 64 training images: choose at most "
        "that number."
    )


def test_a_network_for_colours_refuses_grey_images(images, recipe):
    grey, lane = images[..., :1], LaneParameters(**recipe)

    with pytest.raises(
        ParameterError,
        match=r"mine\.options\.channels is 3, but the images have 1: set mine\.options",
    ):
        nodes.train_model(grey, grey, grey, SPEC, lane, None, "mine")


def test_a_training_that_collapsed_is_warned_of(images, recipe, caplog):
    how = {"steps": 40, "learning_rate": 5.0, "title": "Hasty DAE"}
    noisy = add_noise(images, NOISE, seed=0, stream=1)
    hasty = LaneParameters(**recipe | how)
    sound = LaneParameters(**recipe | {"steps": 40})

    with caplog.at_level(logging.WARNING):
        nodes.train_model(images, images, noisy, SPEC, sound, None, "dae")
        assert caplog.messages == []
        nodes.train_model(images, images, noisy, SPEC, hasty, None, "dae")

    (message,) = caplog.messages
    assert message.startswith(
        "Hasty DAE may have learned badly: its MSE on 64 validation "
    )
    assert "try another dae.seed or a lower dae.learning_rate." in message
