from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from denoising_autoencoder.evaluation.metrics import (
    score_images,
    standard_error,
    summarize_scores,
)


def grey(level: int, count: int = 2) -> np.ndarray:
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


def ssim_by_definition(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al., 2004, with a uniform 7x7 window and unbiased (co)variances.

    The mean is over the windows that lie within the image and over the channels.
    """
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    x, y = (
        sliding_window_view(image.astype(np.float64), (7, 7), axis=(0, 1)).reshape(
            image.shape[0] - 6, image.shape[1] - 6, 3, 49
        )
        for image in (a, b)
    )
    mean_x, mean_y = x.mean(-1), y.mean(-1)
    covariance = ((x - mean_x[..., None]) * (y - mean_y[..., None])).sum(-1) / 48
    variances = x.var(-1, ddof=1) + y.var(-1, ddof=1)
    index = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variances + c2)
    )
    return float(index.mean())


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


def test_psnr_and_mse_of_a_constant_difference_are_those_by_hand():
    scores = score_images(grey(110), grey(100))

    assert scores["psnr"].tolist() == pytest.approx([20 * math.log10(255 / 10)] * 2)
    assert scores["mse"].tolist() == pytest.approx([(10 / 127.5) ** 2] * 2)


def test_an_image_darker_than_its_original_scores_like_one_as_much_brighter():
    # The difference of uint8 values would wrap around.
    darker, brighter = (
        score_images(grey(90), grey(100)),
        score_images(grey(110), grey(100)),
    )

    assert darker["mse"].tolist() == brighter["mse"].tolist()
    assert darker["psnr"].tolist() == brighter["psnr"].tolist()


def test_each_image_is_scored_by_itself_and_in_its_order():
    images = np.concatenate([grey(101, 1), grey(105, 1), grey(120, 1)])

    scores = score_images(images, grey(100, 3))

    expected = [(difference / 127.5) ** 2 for difference in (1, 5, 20)]
    assert scores["mse"].tolist() == pytest.approx(expected)
    assert scores.columns.tolist() == ["mse", "psnr", "ssim"]


def test_mse_is_the_mean_over_pixels_and_channels():
    images, originals = pairs(3)

    scores = score_images(images, originals)

    on_unit_scale = [array / 127.5 - 1 for array in (images, originals)]
    expected = ((on_unit_scale[0] - on_unit_scale[1]) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(scores["mse"], expected, rtol=1e-12)


def test_psnr_rests_on_the_mse_of_the_same_image():
    scores = score_images(*pairs(5))

    expected = 10 * np.log10(2**2 / scores["mse"])
    np.testing.assert_allclose(scores["psnr"], expected, rtol=1e-12)


def test_ssim_is_that_of_a_uniform_window_of_seven_pixels():
    images, originals = pairs(4)

    scores = score_images(images, originals)

    expected = [
        ssim_by_definition(image, original)
        for image, original in zip(images, originals, strict=True)
    ]
    np.testing.assert_allclose(scores["ssim"], expected, rtol=0, atol=1e-9)


def test_equal_images_have_infinite_psnr_and_full_ssim_without_a_warning():
    _, originals = pairs(2)

    scores = score_images(originals, originals)

    assert scores["psnr"].tolist() == [math.inf] * 2
    assert scores["mse"].tolist() == [0.0] * 2
    assert scores["ssim"].tolist() == pytest.approx([1.0] * 2)


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


@pytest.mark.parametrize("side", [7, 200])
def test_the_smallest_and_large_images_are_scored(side):
    generator = np.random.default_rng(side)
    images, originals = generator.integers(0, 256, (2, 3, side, side + 1, 3), np.uint8)

    scores = score_images(images, originals)

    expected = [
        structural_similarity(original, image, data_range=255, channel_axis=-1)
        for image, original in zip(images, originals, strict=True)
    ]
    np.testing.assert_allclose(scores["ssim"], expected, rtol=1e-12)


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
def test_images_of_unlike_shape_are_refused(other):
    images, _ = pairs(3)

    with pytest.raises(ValueError, match="no pairs"):
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


def test_psnr_of_the_mean_mse_is_below_the_mean_psnr():
    images, originals = pairs(6)
    images[0] = originals[0]
    images[0, 0, 0, 0] ^= 8  # an easy image: nearly its original
    scores = score_images(images, originals).assign(photograph=range(6))

    summary = summarize_scores(scores)

    mse = ((images.astype(float) - originals) ** 2).mean()
    assert summary["psnr_of_mean_mse"] == pytest.approx(10 * math.log10(255**2 / mse))
    assert summary["psnr_of_mean_mse"] < summary["psnr"] - 1


@pytest.mark.parametrize("equal", [1, 4])
def test_equal_images_are_summed_up_without_a_warning(equal):
    images, originals = pairs(4)
    images[:equal] = originals[:equal]
    scores = score_images(images, originals).assign(photograph=range(4))

    summary = summarize_scores(scores)

    assert summary["psnr"] == math.inf
    assert not math.isfinite(summary["psnr_se"])
    assert math.isfinite(summary["ssim_se"])
    assert (summary["psnr_of_mean_mse"] == math.inf) == (equal == 4)


@pytest.mark.parametrize(
    ("photographs", "basis"),
    [
        (range(12), "by image"),
        ([0, 0, *range(1, 11)], "clustered by photograph"),
        ([0, 0, 0, *range(1, 10)], "clustered by photograph"),
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


@pytest.mark.parametrize("count", [2, 5, 40])
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


def test_copies_of_an_image_make_the_standard_error_no_smaller():
    values = np.random.default_rng(1).normal(25, 3, 15)

    alone = standard_error(values, np.arange(15))
    with_copies = standard_error(np.tile(values, 4), np.tile(np.arange(15), 4))

    assert with_copies == pytest.approx(alone)


@pytest.mark.parametrize("clusters", [[0], [4, 4, 4], [0, 0, 1], [0, *range(9)]])
def test_too_few_photographs_give_no_standard_error(clusters):
    values = np.arange(len(clusters), dtype=np.float64)

    assert math.isnan(standard_error(values, np.array(clusters)))
