"""MSE, PSNR and SSIM against scikit-image and by hand, and their standard errors."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.evaluation.exact import ranking
from denoising_autoencoder.evaluation.metrics import (
    highest_psnr,
    measure_errors,
    score_images,
    standard_error,
    summarize_scores,
)


def grey(level: int, count: int) -> np.ndarray:
    return np.full((count, 12, 10, 3), level, np.uint8)


def pairs(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Smooth originals with texture, and noisy copies; some values are clamped."""
    generator = np.random.default_rng(seed)
    ramp = np.linspace(20, 235, 24)[:, None, None] * np.ones((24, 21, 3))
    originals = ramp + generator.normal(0, 25, (count, 24, 21, 3))
    images = originals + generator.normal(0, 30, originals.shape)
    return to_uint8(images), to_uint8(originals)


def to_uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def scores_of(**columns: list[float]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    defaults = {
        "mse": [0.01] * count,
        "psnr": [25.0] * count,
        "ssim": [0.5] * count,
        "photograph": list(range(count)),
    }
    return pd.DataFrame({**defaults, **columns})


# Scores of single images


def test_each_image_is_scored_by_itself_as_by_hand():
    # The difference of uint8 values would wrap around at 90.
    images = np.concatenate([grey(level, 1) for level in (101, 120, 90)])

    scores = score_images(images, grey(100, 3))

    assert scores.columns.tolist() == ["mse", "psnr", "ssim"]
    differences = np.array([1, 20, 10])
    np.testing.assert_allclose(scores["mse"], (differences / 127.5) ** 2)
    np.testing.assert_allclose(scores["psnr"], 20 * np.log10(255 / differences))


@pytest.mark.parametrize("score", [score_images, measure_errors])
def test_an_exact_image_counts_as_one_sample_off_by_one_level(score):
    _, originals = pairs(2)
    images = originals.copy()
    images[1, 5, 4, 2] ^= 1

    scores = score(images, originals)

    assert scores["mse"].tolist() == [0.0, pytest.approx(127.5**-2 / (24 * 21 * 3))]
    exact, off_by_one = scores["psnr"]
    assert exact == off_by_one == pytest.approx(10 * math.log10(255**2 * 24 * 21 * 3))
    assert exact == pytest.approx(highest_psnr(24, 21, 3))


def test_an_exact_image_has_full_ssim():
    _, originals = pairs(2)

    assert score_images(originals, originals)["ssim"].tolist() == pytest.approx([1, 1])


def test_psnr_and_ssim_are_those_of_scikit_image_image_by_image():
    # So many that they are scored in several parts, the last one smaller.
    images, originals = pairs(95)

    scores = score_images(images, originals)

    theirs = [
        (
            peak_signal_noise_ratio(original, image, data_range=255),
            structural_similarity(original, image, data_range=255, channel_axis=-1),
        )
        for image, original in zip(images, originals, strict=True)
    ]
    np.testing.assert_array_equal(scores[["psnr", "ssim"]], theirs)


def test_grey_images_have_the_scores_of_their_only_channel():
    images, originals = pairs(5)

    scores = score_images(images[..., :1], originals[..., :1])

    theirs = [
        (
            peak_signal_noise_ratio(original, image, data_range=255),
            structural_similarity(original, image, data_range=255),
        )
        for image, original in zip(images[..., 0], originals[..., 0], strict=True)
    ]
    np.testing.assert_array_equal(scores[["psnr", "ssim"]], theirs)


@pytest.mark.parametrize("side", [7, 200])
def test_the_smallest_and_large_images_are_scored(side):
    generator = np.random.default_rng(side)
    images, originals = generator.integers(0, 256, (2, 3, side, side + 1, 3), np.uint8)

    scores = score_images(images, originals)

    expected = [
        structural_similarity(original, image, data_range=255, channel_axis=-1)
        for image, original in zip(images, originals, strict=True)
    ]
    np.testing.assert_array_equal(scores["ssim"], expected)


@pytest.mark.parametrize(("height", "width"), [(6, 16), (16, 6)])
def test_images_smaller_than_the_window_of_ssim_are_refused(height, width):
    images = np.zeros((2, height, width, 3), np.uint8)

    with pytest.raises(ValueError, match="7 pixels a side"):
        score_images(images, images)


def test_a_large_photograph_is_scored_without_much_memory():
    image = np.zeros((1, 600, 400, 3), np.uint8)
    score_images(image[:, :8, :8], image[:, :8, :8])  # imports
    tracemalloc.start()
    score_images(image, image)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # scikit-image itself takes 128 bytes a pixel.
    assert most < 160 * 600 * 400


@pytest.mark.parametrize("other", [(2, 24, 21, 3), (3, 21, 24, 3), (1, 24, 21, 3)])
def test_images_of_another_shape_are_refused(other):
    images, _ = pairs(3)

    with pytest.raises(ValueError, match="not pairs"):
        score_images(images, np.zeros(other, np.uint8))


# Sums


def test_scores_are_summed_up_as_by_hand():
    scores = scores_of(
        mse=[0.01, 0.04, 0.07], psnr=[26.0, 20.0, 17.0], ssim=[0.9, 0.6, 0.6]
    )

    summary = summarize_scores(scores)

    assert summary == {
        "n_images": 3,
        "n_photographs": 3,
        "n_exact": 0,
        "mse": pytest.approx(0.04),
        "psnr": pytest.approx(21.0),
        # Deviations 5, -1, -4: a variance of 42 / 2.
        "psnr_se": pytest.approx(math.sqrt(21 / 3)),
        "psnr_of_mean_mse": pytest.approx(20.0),
        "ssim": pytest.approx(0.7),
        # Deviations 0.2, -0.1, -0.1: a variance of 0.06 / 2.
        "ssim_se": pytest.approx(0.1),
        "standard_error": "by image",
    }


def test_exact_images_are_counted_and_every_sum_is_finite():
    images, originals = pairs(4)
    images[0] = originals[0]
    scores = score_images(images, originals).assign(photograph=range(4))

    summary = summarize_scores(scores)

    assert summary["n_exact"] == 1
    assert summary["psnr"] == pytest.approx(scores["psnr"].mean())
    assert summary["psnr_se"] == pytest.approx(scores["psnr"].std() / 2)
    # The exact image adds next to nothing to the mean MSE, but much to the mean PSNR.
    expected = -10 * math.log10(scores["mse"].mean() / 4)
    assert summary["psnr_of_mean_mse"] == pytest.approx(expected, abs=1e-3)
    assert summary["psnr"] > expected + 10


def test_images_that_are_all_exact_rank_above_any_others():
    _, originals = pairs(4)
    images = originals.copy()
    images[0, 0, 0, 0] ^= 1
    images[0, 0, 1, 0] ^= 1

    exact, almost = (
        summarize_scores(score_images(given, originals).assign(photograph=range(4)))
        for given in (originals, images)
    )

    assert exact["n_exact"] == 4
    assert exact["psnr_se"] == 0
    assert exact["psnr"] == pytest.approx(highest_psnr(24, 21, 3))
    assert exact["psnr_of_mean_mse"] == pytest.approx(highest_psnr(24, 21, 3))
    assert exact["psnr_of_mean_mse"] > almost["psnr_of_mean_mse"]


@pytest.mark.parametrize("read", [summarize_scores, ranking])
def test_the_infinite_psnr_of_an_earlier_release_is_refused(read):
    table = scores_of(mse=[0.01, 0.0], psnr=[26.0, math.inf])

    with pytest.raises(ProjectError, match=r"infinite PSNR.*: make it again"):
        read(table)


def test_a_table_of_an_earlier_release_is_ranked_by_the_mean_psnr():
    assert ranking(pd.DataFrame({"psnr": [26.0, 20.0]})) == "psnr"


@pytest.mark.parametrize(
    ("photographs", "basis"),
    [
        (range(12), "by image"),
        ([0, 0, 0, *range(1, 10)], "clustered by photograph"),  # the fewest
        ([0, 0, 0, 0, *range(1, 9)], "none, 9 photographs are too few"),
        ([3] * 12, "none, 1 photographs are too few"),
    ],
)
def test_a_summary_says_what_its_standard_errors_rest_on(photographs, basis):
    scores = scores_of(
        photograph=list(photographs),
        psnr=[20.0 + index for index in range(12)],
        ssim=[index / 12 for index in range(12)],
    )

    summary = summarize_scores(scores)

    assert summary["standard_error"] == basis
    assert summary["n_photographs"] == len(set(photographs))
    assert math.isnan(summary["psnr_se"]) == basis.startswith("none")
    assert math.isnan(summary["ssim_se"]) == basis.startswith("none")


# Standard errors


@pytest.mark.parametrize("count", [2, 40])
def test_the_standard_error_of_independent_images_is_s_over_the_root_of_n(count):
    values = np.random.default_rng(count).normal(25, 3, count)

    error = standard_error(values, np.arange(count)[::-1])

    assert error == pytest.approx(np.std(values, ddof=1) / math.sqrt(count))


def test_the_clustered_standard_error_is_that_by_hand():
    # Mean 2; the sums of deviations are 9 + 9 for one cluster and -2 for nine.
    values = np.array([11.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11.0])
    clusters = np.array([7, 1, 20, 3, 4, 5, 6, 2, 8, 9, 7])

    error = standard_error(values, clusters)

    assert error == pytest.approx(math.sqrt(10 / 9 * (18**2 + 9 * 2**2)) / 11)
    assert error == pytest.approx(20 / 11)


@pytest.mark.parametrize("clusters", [[0], [0, 0, 1]])
def test_too_few_photographs_give_no_standard_error(clusters):
    values = np.arange(len(clusters), dtype=np.float64)

    assert math.isnan(standard_error(values, np.array(clusters)))
