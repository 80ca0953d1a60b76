"""The nodes of the baselines on small arrays, and the pipeline as Kedro runs it."""

from __future__ import annotations

import logging
import math
import pickle
import re
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner
from rich.console import Console
from scipy import stats
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio

from denoising_autoencoder.denoisers import batches, timing
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.filters import build as filters
from denoising_autoencoder.denoisers.filters.options import FilterGrids
from denoising_autoencoder.denoisers.wiener import WienerFilter
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.pipelines import baselines, lanes
from denoising_autoencoder.pipelines.baselines import (
    denoising,
    figure_nodes,
    judging_nodes,
    nodes,
    summary,
)
from denoising_autoencoder.pipelines.baselines.methods import best_of
from denoising_autoencoder.pipelines.baselines.options import (
    expand,
    read_options,
    write_options,
)

NOISE = Gaussian(kind="gaussian", std=0.3, clamp=True)
SPEC = {**NOISE.model_dump(), "seed": 0}
INFO = {"name": "mine"}
SIGMAS = [0.3, 0.9, 4.0]


def grids(**methods: Any) -> FilterGrids:
    return FilterGrids.model_validate(methods)


@pytest.fixture(scope="module")
def images(photograph) -> np.ndarray:
    """Six crops of 16x16 in [-1, 1]."""
    crops = photograph.reshape(32, 16, 32, 16, 3).swapaxes(1, 2).reshape(-1, 16, 16, 3)
    return normalize(crops[300:306])


@pytest.fixture(scope="module")
def noisy(images) -> np.ndarray:
    return add_noise(images, NOISE, seed=0, stream=1)


@pytest.fixture(scope="module")
def model() -> Any:
    network = build_network("report", seed=0)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return weights, {"network": "report", "noise": SPEC}


@pytest.fixture(scope="module")
def wiener(images) -> np.ndarray:
    return nodes.learn_wiener(images, SPEC, 3, 1)


def tuning_of(**psnr: list[float]) -> pd.DataFrame:
    """A table of tuning with a sigma of 1, 2, ... for each method's PSNRs."""
    return pd.DataFrame(
        [
            {"method": method, "parameters": f"sigma={index}", "psnr": value}
            for method, values in psnr.items()
            for index, value in enumerate(values, start=1)
        ]
    )


def smoothed(images: np.ndarray, sigma: float) -> np.ndarray:
    """By SciPy, rounded to uint8."""
    levels = (images.astype(np.float64) + 1) * 127.5
    blurred = gaussian_filter(levels, (0, sigma, sigma, 0), mode="nearest")
    return np.rint(blurred).astype(np.uint8)


# Options


def test_a_grid_is_every_choice_of_its_values():
    assert expand({"size": [3, 5], "fast": [True, False]}) == [
        {"size": 3, "fast": True},
        {"size": 3, "fast": False},
        {"size": 5, "fast": True},
        {"size": 5, "fast": False},
    ]


def test_options_come_back_from_a_table_as_they_were():
    options = {"rule": "BayesShrink", "sigma": 0.45, "levels": 2, "ycbcr": True}
    options |= {"small": 1e-5, "large": 1e20, "off": False}

    text = write_options(options)

    assert text.startswith("rule=BayesShrink sigma=0.45 levels=2 ycbcr=True ")
    read = read_options(text)
    assert read == options
    assert list(map(type, read.values())) == list(map(type, options.values()))


# Tuning


def test_tuning_gives_the_mean_psnr_of_each_choice_on_the_first_images(images, noisy):
    grid = grids(gaussian={"sigma": SIGMAS})

    table = nodes.tune_filters(images, noisy, INFO, SPEC, grid, 4, 1)

    originals = unnormalize(images)
    expected = [
        np.mean(
            [
                peak_signal_noise_ratio(a, b, data_range=255)
                for a, b in zip(originals[:4], smoothed(noisy[:4], sigma), strict=True)
            ]
        )
        for sigma in SIGMAS
    ]
    assert table["psnr"].tolist() == pytest.approx(expected, abs=2e-3)
    assert table["parameters"].tolist() == ["sigma=0.3", "sigma=0.9", "sigma=4.0"]
    assert set(table["images"]) == {"mine"}
    assert set(table["noise"]) == {NOISE.describe()}
    assert set(table["n_images"]) == {4}


def test_the_best_of_each_method_is_taken_and_of_equals_the_first():
    best = best_of(tuning_of(tv=[20.0, 22.0, 21.0], gaussian=[19.0, 19.0]))

    assert best["method"].tolist() == ["tv", "gaussian"]
    assert best["parameters"].tolist() == ["sigma=2", "sigma=1"]


@pytest.mark.parametrize(("given", "started"), [(3, 3), (None, 7)])
def test_processes_get_small_parts_that_are_put_together_in_order(
    noisy, monkeypatch, given, started
):
    def map_processes(function, tasks, processes):
        asked.append(processes)
        # A process finds the function by its name.
        function, tasks = pickle.loads(pickle.dumps((function, tasks)))
        return (function(*task) for task in tasks)

    asked: list[int] = []
    monkeypatch.setattr(denoising, "map_processes", map_processes)
    monkeypatch.setattr(denoising, "available_cores", lambda: 7)
    jobs = [("gaussian", {"sigma": 2.0}), ("median", {"size": 3})]

    first, second = denoising.filter_images(
        jobs, noisy, np.full(len(noisy), 0.3), given
    )

    assert asked == [started]
    assert np.abs(first.astype(int) - smoothed(noisy, 2.0)).max() <= 1
    assert second[5, 8, 8, 1] == np.median(unnormalize(noisy)[5, 7:10, 7:10, 1])


def test_a_filter_is_given_the_noise_of_each_image(noisy):
    sigmas = np.where(np.arange(len(noisy)) == 5, 1e-6, 0.5)

    (filtered,) = denoising.filter_images(
        [("tv", {"weight_factor": 1.0})], noisy, sigmas, 1
    )

    changed = (filtered != unnormalize(noisy)).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(changed, sigmas > 0.1)


def test_bm3d_that_is_not_installed_is_left_out_with_one_warning(
    images, noisy, monkeypatch, caplog
):
    monkeypatch.setattr(filters, "find_spec", lambda _: None)
    both = grids(
        bm3d={"sigma_factor": [1.0, 1.1], "nf": [16]}, gaussian={"sigma": [0.9]}
    )

    with caplog.at_level(logging.WARNING):
        table = nodes.tune_filters(images, noisy, INFO, SPEC, both, 2, 1)

    assert table["method"].tolist() == ["gaussian"]
    (record,) = caplog.records
    assert record.getMessage().startswith("bm3d is left out: the package bm3d")
    assert "pip install" in record.getMessage()


def test_work_that_has_not_begun_is_cancelled_when_tuning_is_interrupted(
    images, noisy, monkeypatch
):
    closed = []

    def map_processes(*_):
        try:
            yield from noisy
            raise AssertionError("all was done")
        finally:
            closed.append(True)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(denoising, "map_processes", map_processes)
    monkeypatch.setattr(nodes, "measure_errors", interrupt)
    grid = grids(gaussian={"sigma": SIGMAS})

    # Caught and kept, as the session does: what the traceback holds stays alive.
    with pytest.raises(KeyboardInterrupt) as kept:
        nodes.tune_filters(images, noisy, INFO, SPEC, grid, 1, 1)

    assert closed == [True]
    assert kept.tb is not None


# Denoising and scoring


def test_the_best_filters_and_the_networks_denoise_the_same_images(
    noisy, model, wiener
):
    tuning = tuning_of(gaussian=[20.0, 21.0])

    denoised = nodes.denoise_images(noisy, SPEC, tuning, wiener, 5, 1, False, dae=model)

    assert list(denoised) == ["noisy_input", "gaussian", "wiener", "dae"]
    np.testing.assert_array_equal(denoised["noisy_input"], unnormalize(noisy[:5]))
    difference = denoised["gaussian"].astype(int) - smoothed(noisy[:5], 2.0)
    assert np.abs(difference).max() <= 1  # float32 against float64, at the halves
    as_a_lane = lanes.nodes.reconstruct_images(
        model, noisy[:5], SPEC, "cpu", "float32", 1
    )
    np.testing.assert_array_equal(denoised["dae"], as_a_lane)
    by_wiener = reconstruct(WienerFilter(wiener, NOISE), noisy[:5], NOISE.std)
    np.testing.assert_array_equal(denoised["wiener"], by_wiener)


def test_networks_are_judged_without_filters_and_by_eight_passes_if_asked(
    images, noisy, model, wiener, monkeypatch
):
    none = nodes.tune_filters(images, noisy, INFO, SPEC, grids(), 2, 1)
    timed = []
    monkeypatch.setattr(
        timing, "milliseconds_per_image", lambda one, *_: timed.append(one) or 1.0
    )

    denoised = nodes.denoise_images(noisy, SPEC, none, wiener, None, 1, True, dae=model)
    speed = judging_nodes.measure_speed(
        noisy, SPEC, none, wiener, 2, 0.1, True, dae=model
    )

    assert list(denoised) == ["noisy_input", "wiener", "dae", "dae_x8"]
    assert {len(of_a_method) for of_a_method in denoised.values()} == {6}  # all
    passes = []
    for turns in range(4):
        for mirror in (1, -1):
            seen = np.rot90(noisy, turns, axes=(1, 2))[:, :, ::mirror].copy()
            given = lanes.nodes.reconstruct_images(
                model, seen, SPEC, "cpu", "float32", 1
            )
            passes.append(np.rot90(given[:, :, ::mirror], -turns, axes=(1, 2)))
    mean = np.mean(passes, axis=0)
    assert np.abs(denoised["dae_x8"] - mean).max() <= 1  # each pass was rounded
    assert np.abs(denoised["dae"] - mean).max() > 2
    assert speed["method"].tolist() == ["wiener", "dae", "dae_x8"]
    assert len(set(map(id, timed))) == 3


def test_scores_are_kept_for_each_image_of_each_method():
    originals = np.full((4, 16, 16, 3), 100, dtype=np.uint8)
    denoised = {"tv": originals[:3] + np.uint8(10), "dae": originals[:3] + np.uint8(1)}

    scores = judging_nodes.score_methods(denoised, originals, np.array([7, 7, 9, 9]))

    assert scores["method"].tolist() == ["tv"] * 3 + ["dae"] * 3
    assert scores["image"].tolist() == [0, 1, 2] * 2
    assert scores["photograph"].tolist() == [7, 7, 9] * 2
    expected = [20 * math.log10(25.5)] * 3 + [20 * math.log10(255)] * 3
    assert scores["psnr"].tolist() == pytest.approx(expected)
    assert scores["mse"].tolist() == pytest.approx(
        [(10 / 127.5) ** 2] * 3 + [127.5**-2] * 3
    )


# Time


@pytest.fixture
def clock(monkeypatch):
    """A clock that a denoiser moves; it gives the calls with their thread counts."""
    now, calls = [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def denoiser_of(milliseconds: float, first: float = 0.0):
        def denoise(batch: torch.Tensor, sigma: float) -> torch.Tensor:
            now[0] += (len(batch) * milliseconds + (0 if calls else first)) / 1000
            calls.append((len(batch), torch.get_num_threads()))
            return batch

        return denoise

    return denoiser_of, calls


def test_a_time_is_the_mean_over_images_and_passes_after_one_untimed(clock, noisy):
    denoiser_of, calls = clock

    cost = timing.milliseconds_per_image(denoiser_of(2.0, first=900), noisy, 0.3, 0.03)

    # A pass takes 12 ms: three until 30 ms are over, after the one with 900 ms.
    assert cost == pytest.approx(2.0)
    assert calls == [(6, 1)] * 4


def test_a_network_is_timed_on_a_whole_pass_and_a_filter_on_few_images(
    noisy, model, wiener, monkeypatch
):
    monkeypatch.setattr(batches, "PIXELS", 50 * noisy[0, ..., 0].size)
    timed = []
    monkeypatch.setattr(
        timing,
        "milliseconds_per_image",
        lambda _, images, __, seconds: timed.append((images, seconds)) or 1.5,
    )
    tuning = tuning_of(gaussian=[20.0])

    table = judging_nodes.measure_speed(
        noisy, SPEC, tuning, wiener, 2, 0.1, False, dae=model
    )

    assert table.to_dict("list") == {
        "method": ["gaussian", "wiener", "dae"], "ms_per_image": [1.5, 1.5, 1.5],
    }  # fmt: skip
    (few, _), (batch, seconds), _ = timed
    np.testing.assert_array_equal(few, noisy[:2])
    assert len(batch) == 50
    np.testing.assert_array_equal(batch[6:12], noisy)
    assert seconds == 0.1


# Table and figures


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    psnr = {"noisy_input": [15.0, 17.0], "tv": [22.0, 24.0], "dae": [25.0, 29.0]}
    return pd.concat(
        pd.DataFrame(
            {
                "method": method,
                "image": [0, 1],
                "photograph": [0, 1],
                "mse": 4 * 10 ** (-np.array(values) / 10),
                "psnr": values,
                "ssim": np.array(values) / 50,
            }
        )
        for method, values in psnr.items()
    )


def compare(scores: pd.DataFrame, model: Any) -> pd.DataFrame:
    times = pd.DataFrame({"method": ["tv", "dae"], "ms_per_image": [1.25, 0.5]})
    tuning = tuning_of(tv=[20, 21])
    return judging_nodes.compare_methods(
        scores, times, tuning, 3, INFO, SPEC, dae=model
    )


@pytest.fixture(scope="module")
def table(scores, model) -> pd.DataFrame:
    return compare(scores, model)


def test_the_table_has_a_row_for_each_method(table):
    assert list(table.columns)[:7] == [
        "method", "parameters", "psnr", "psnr_se", "ssim", "ssim_se", "ms_per_image",
    ]  # fmt: skip
    assert table["method"].tolist() == ["noisy_input", "tv", "dae"]
    assert table["parameters"].tolist() == ["untouched", "sigma=2", "weights=1611"]
    assert table["psnr"].tolist() == [16.0, 23.0, 27.0]
    # Two values, 2 or 4 apart: s / sqrt(2) is half of that.
    assert table["psnr_se"].tolist() == pytest.approx([1.0, 1.0, 2.0])
    assert table["ssim_se"].tolist() == pytest.approx([0.02, 0.02, 0.04])
    assert table["ms_per_image"].isna().tolist() == [True, False, False]
    assert table["ms_per_image"].tolist()[1:] == [1.25, 0.5]
    assert set(table["images"]) == {"mine"}
    assert set(table["noise"]) == {NOISE.describe()}
    assert set(table["n_images"]) == {2}


def test_the_statistics_of_a_normalization_do_not_count_as_weights(scores):
    network = build_network("report", seed=0, options={"batch_norm": True})
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    normalized = weights, {"network": "report", "options": {"batch_norm": True}}

    table = compare(scores, normalized)

    # A weight and a bias for each of 8 channels after three of the four layers.
    assert table["parameters"].tolist()[-1] == f"weights={1611 + 3 * 16}"


def test_each_network_is_compared_with_every_other_method_image_by_image():
    psnr = {
        "noisy_input": [15.0, 17.0, 16.0], "tv": [22.0, 24.0, 26.5],
        "wiener": [20.0, 20.0, 20.0],
        "dae": [25.0, 29.0, 26.0], "dae_x8": [26.0, 30.0, 31.0],
    }  # fmt: skip
    scores = pd.concat(
        pd.DataFrame(
            {
                "method": method,
                "image": [0, 1, 2],
                "photograph": [4, 5, 6],
                "mse": 4 * 10 ** (-np.array(values) / 10),
                "psnr": values,
            }
        )
        for method, values in psnr.items()
    )

    pairs = judging_nodes.compare_pairs(scores[::-1], INFO, SPEC).set_index("method")

    assert set(pairs["network"]) == {"dae"}
    assert set(pairs["measure"]) == {"psnr"}
    assert set(pairs.index) == {"noisy_input", "tv", "wiener"}
    assert pairs["difference"].to_dict() == pytest.approx(
        {"noisy_input": 32 / 3, "tv": (3 + 5 - 0.5) / 3, "wiener": 20 / 3}
    )
    assert pairs["share_better"].to_dict() == pytest.approx(
        {"noisy_input": 1, "tv": 2 / 3, "wiener": 1}
    )
    expected = stats.ttest_rel(psnr["dae"], psnr["tv"])
    assert pairs["p_value"]["tv"] == pytest.approx(expected.pvalue)
    assert pairs["low"]["tv"] == pytest.approx(expected.confidence_interval().low)
    assert set(pairs["n_images"]) == {3}
    assert set(pairs["images"]) == {"mine"}
    assert set(pairs["noise"]) == {NOISE.describe()}


def test_the_example_goes_through_every_method_with_its_psnr(scores, table):
    originals = np.arange(3, dtype=np.uint8).repeat(256 * 3).reshape(3, 16, 16, 3)
    denoised = {
        method: originals[:2] + np.uint8(add)
        for method, add in (("noisy_input", 50), ("tv", 100), ("dae", 150))
    }

    figure = figure_nodes.plot_example(
        denoised, originals, scores, table, example=2, dae="The DAE"
    )

    shown = [int(np.asarray(image.get_array()).max()) for image in figure.images]
    assert shown == [1, 51, 101, 151]
    texts = [text.get_text() for text in figure.texts]
    assert {"original", "noisy input", "total variation", "The DAE"} <= set(texts)
    assert [text for text in texts if text.endswith("dB")] == [
        "17.0 dB", "24.0 dB", "29.0 dB",
    ]  # fmt: skip
    title = texts[0].replace("\n", " ")
    assert title == f"{NOISE.describe()} · mine, test image 2 of the 2 denoised"


def test_an_example_beyond_the_images_is_refused(scores, table):
    originals = np.zeros((9, 16, 16, 3), np.uint8)

    with pytest.raises(ProjectError, match="example is 3, but there are 2 denoised"):
        figure_nodes.plot_example({}, originals, scores, table, example=3)


def test_the_best_filter_and_the_best_network_stand_below_the_input(scores, table):
    originals = np.zeros((2, 16, 16, 3), np.uint8)
    methods = [("noisy_input", 50), ("tv", 100), ("dae", 150)]
    denoised = {method: originals + np.uint8(add) for method, add in methods}
    worse = pd.DataFrame(
        {"method": ["wiener", "other"], "psnr": [20.0, 26.0], "n_images": 2}
    )
    eight = pd.DataFrame({"method": ["dae_x8"], "psnr": [30.0], "n_images": 2})
    ranked = pd.concat([table, worse, eight], ignore_index=True)

    figure = figure_nodes.plot_best(
        denoised, originals, scores, ranked, examples=10, dae="The DAE", other="Other"
    )

    shown = [int(np.asarray(image.get_array()).max()) for image in figure.images]
    assert shown == [0, 0, 50, 50, 100, 100, 150, 150]
    texts = [text.get_text() for text in figure.texts]
    assert [text for text in texts[1:] if not text.endswith("dB")] == [
        "original", "noisy input", "total variation", "The DAE",
    ]  # fmt: skip
    assert [text for text in texts if text.endswith("dB")] == [
        "15.0 dB", "17.0 dB", "22.0 dB", "24.0 dB", "25.0 dB", "29.0 dB",
    ]  # fmt: skip
    title = texts[0].replace("\n", " ")
    assert title.endswith(f"{NOISE.describe()} · mine, the first 2 test images")


def test_psnr_is_drawn_against_time_for_filters_and_networks(table):
    learned = {"method": "wiener", "psnr": 24.5, "ms_per_image": 0.25, "n_images": 2}
    both = pd.concat([table, pd.DataFrame([learned])])

    figure = figure_nodes.plot_speed(both, dae="DAE")

    (axes,) = figure.axes
    drawn = {
        line.get_label(): np.column_stack(line.get_data()).tolist()
        for line in axes.lines
    }
    assert drawn["filter"] == [[1.25, 23.0], [0.25, 24.5]]
    assert drawn["network"] == [[0.5, 27.0]]
    texts = {text.get_text() for text in axes.texts}
    assert texts == {"noisy input", "total variation", "Wiener", "DAE"}
    assert "mine, 2 test images" in figure.texts[0].get_text()
    assert NOISE.describe() in figure.texts[0].get_text()


# Exact images


@pytest.fixture(scope="module")
def collapsed() -> dict[str, np.ndarray]:
    """Outputs for ten images, five of them white, of which a network makes white."""
    originals = np.full((10, 16, 16, 3), 200, np.uint8)
    originals[:5] = 255
    return {
        "original": originals,
        "noisy_input": originals - np.uint8(20),
        "median": originals - np.uint8(16),
        "tv": originals - np.uint8(10),
        "dae": np.full_like(originals, 255),
        "other": originals - np.uint8(8),
    }


def test_a_network_that_gives_white_for_everything_is_nowhere_the_best(
    collapsed, model
):
    originals, *_ = collapsed.values()
    denoised = {name: made for name, made in collapsed.items() if name != "original"}
    scores = judging_nodes.score_methods(denoised, originals, np.arange(10))
    tuning = tuning_of(median=[20], tv=[20])
    times = pd.DataFrame({"method": ["tv", "dae"], "ms_per_image": [1.0, 1.0]})

    table = judging_nodes.compare_methods(
        scores, times, tuning, 3, INFO, SPEC, dae=model, other=model
    )
    pairs = judging_nodes.compare_pairs(scores, INFO, SPEC)
    best = figure_nodes.plot_best(
        denoised, originals, scores, table, examples=10, dae="The DAE", other="Other"
    )
    speed = figure_nodes.plot_speed(table, dae="The DAE", other="Other")

    means = table.set_index("method")
    assert means["n_exact"].to_dict() == dict.fromkeys(denoised, 0) | {"dae": 5}
    assert means["psnr"].idxmax() == "dae"
    assert means["psnr_of_mean_mse"].idxmax() == "other"
    texts = [text.get_text() for text in best.texts]
    assert "Other" in texts
    assert "The DAE" not in texts
    (axes,) = speed.axes
    assert axes.get_ylabel() == "PSNR of the mean MSE, dB"
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert drawn["network"] == means["psnr_of_mean_mse"][["dae", "other"]].tolist()
    assert set(pairs["measure"]) == {"psnr_of_mean_mse"}
    found = pairs.set_index(["network", "method"]).loc["dae"]
    expected = means["psnr_of_mean_mse"]["dae"] - means["psnr_of_mean_mse"]["tv"]
    assert found["difference"]["tv"] == pytest.approx(expected)
    assert found["share_better"]["tv"] == 0.5
    text = printed(table, pairs)
    assert "other minus each method, image by image: PSNR of the mean MSE" in text
    shown = [f"{means[name]['dae']:.2f}" for name in ("psnr", "psnr_of_mean_mse")]
    assert f"dae {' '.join(shown)} 5 " in text
    assert "one sample (one channel value of one pixel)" in text
    assert not re.search(r"\b(inf|nan)\b", text)


def printed(table: pd.DataFrame, pairs: pd.DataFrame) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(summary.TABLES["baselines"](table))
        console.print(summary.TABLES["baselines_pairs"](pairs))
    return re.sub(r"\s+", " ", capture.get())


def test_an_exact_image_says_so_below_itself(collapsed, model):
    originals, *_ = collapsed.values()
    denoised = {name: collapsed[name] for name in ("noisy_input", "dae")}
    scores = judging_nodes.score_methods(denoised, originals, np.arange(10))
    table = compare(scores, model)

    figure = figure_nodes.plot_example(
        denoised, originals, scores, table, example=2, dae="The DAE"
    )

    assert [text.get_text() for text in figure.texts][-1] == "exact"


def test_filters_are_tuned_by_the_psnr_of_the_mean_mse_if_any_is_exact(caplog):
    images = np.ones((3, 16, 16, 3), np.float16)
    noisy = images.copy()
    noisy[:, 4, 4] = -1  # a pixel that every median removes
    grid = grids(median={"size": [3, 5]}, gaussian={"sigma": [0.3]})

    with caplog.at_level(logging.INFO):
        table = nodes.tune_filters(images, noisy, INFO, SPEC, grid, 3, 1)

    assert table["n_exact"].tolist() == [0, 3, 3]
    assert np.isfinite(table.select_dtypes(float).to_numpy()).all()
    assert best_of(table)["parameters"].tolist() == ["sigma=0.3", "size=3"]
    assert "median: size=3, 76.98 dB (PSNR of the mean MSE)" in caplog.text


def test_the_best_options_are_those_with_the_best_psnr_of_the_mean_mse():
    tuning = tuning_of(tv=[60.0, 22.0]).assign(
        psnr_of_mean_mse=[9.0, 21.0], n_exact=[5, 0]
    )

    assert best_of(tuning)["parameters"].tolist() == ["sigma=2"]
    assert best_of(tuning.assign(n_exact=0))["parameters"].tolist() == ["sigma=1"]


# The pipeline


def test_the_pipeline_judges_only_the_noisy_lanes():
    chosen = [Lane("clean", noisy=False), Lane("mine", noisy=True)]

    inputs = baselines.create_pipeline(chosen).inputs()

    assert {name for name in inputs if name.endswith("_model")} == {"mine_model"}


def test_the_pipeline_runs_from_arrays_to_figures(images, noisy, model):
    values = {
        "train_images": images,
        "validation_images": images,
        "noisy_validation_images": noisy,
        "noisy_test_images": noisy,
        "raw_test_images": unnormalize(images),
        "test_photographs": np.arange(6),
        "image_info": INFO,
        "noise_spec": SPEC,
        "mine_model": model,
        "params:baselines.methods": grids(gaussian={"sigma": SIGMAS}),
        "params:baselines.tuning_images": 3,
        "params:baselines.test_images": 4,
        "params:baselines.wiener_side": 3,
        "params:baselines.timing_images": 1,
        "params:baselines.timing_seconds": 0.0,
        "params:baselines.example": 1,
        "params:baselines.processes": 1,
        "params:baselines.self_ensemble": True,
        "params:mine.title": "Mine",
        "params:reporting.examples": 2,
    }
    catalog = DataCatalog({name: MemoryDataset(v) for name, v in values.items()})
    pipeline = baselines.create_pipeline([Lane("mine", noisy=True)])

    keep = node(lambda table: table, "baselines", "table", name="keep")
    outputs = SequentialRunner().run(pipeline + Pipeline([keep]), catalog)

    table = outputs.pop("table").load()
    assert set(outputs) == {
        f"baselines_{name}" for name in ("example", "best", "pairs", "speed")
    }
    assert table["method"].tolist() == [
        "noisy_input", "gaussian", "wiener", "mine", "mine_x8",
    ]  # fmt: skip
    assert table["parameters"][1:3].tolist() == ["sigma=0.9", "side=3"]
    assert (table["psnr"][1:3] > table["psnr"][0] + 3).all()
    assert (table["ms_per_image"][1:] > 0).all()
