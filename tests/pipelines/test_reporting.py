"""Tables and figures from small hand-made scores and histories."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.draw import TEST_STREAM, add_noise
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines.reporting import course_report, figure_nodes, nodes

NOISE = {"kind": "gaussian", "std": 0.1, "clamp": True, "seed": 0}

REPORTING = ReportingParameters(examples=10, sigmas=[0.05, 0.2], sigma_images=3)


def scores(psnr: list[float], std: float) -> pd.DataFrame:
    values = np.asarray(psnr)
    return pd.DataFrame(
        {
            "image": range(len(values)),
            "photograph": range(len(values)),
            "noise_std": std,
            "mse": 4 * 10 ** (-values / 10),
            "psnr": values,
            "ssim": values / 50,
        }
    )


def history(first: tuple[float, float], last: tuple[float, float]) -> pd.DataFrame:
    rows = [
        {"step": step, "split": split, "mse": mse}
        for step, pair in ((0, first), (50, (9.0, 9.0)), (100, last))
        for split, mse in zip(("training", "validation"), pair, strict=True)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def metrics() -> pd.DataFrame:
    return nodes.compare_models(
        {"name": "CIFAR-10"},
        NOISE,
        ae=scores([28.0, 32.0], 0.0),
        noisy_input=scores([20.0, 20.0], 0.1),
        dae=scores([25.0, 27.0], 0.1),
    )


@pytest.fixture
def losses(metrics) -> pd.DataFrame:
    return nodes.summarize_losses(
        metrics,
        ae=history((0.3, 0.2), (0.003, 0.002)),
        dae=history((0.4, 0.35), (0.01, 0.011)),
    )


def test_the_untouched_input_is_scored_on_what_a_user_would_see():
    grey = np.full((2, 16, 16, 3), 100, dtype=np.uint8)
    # 10.4 levels too bright, which a person sees as 10.
    noisy = normalize(grey).astype(np.float32) + np.float32(10.4 / 127.5)

    table = nodes.score_noisy_input(noisy, grey, np.array([0, 1]), NOISE)

    assert table["psnr"].tolist() == pytest.approx([20 * math.log10(25.5)] * 2)
    assert table["mse"].tolist() == pytest.approx([(10 / 127.5) ** 2] * 2)


def test_metrics_have_a_row_for_each_model_and_state_images_and_noise(metrics):
    table = metrics.set_index("model")

    assert list(table.index) == ["ae", "noisy_input", "dae"]
    assert set(table["images"]) == {"CIFAR-10"}
    assert table["noise_std"].tolist() == [0.0, 0.1, 0.1]
    assert table.loc["ae", "noise"] == "clean input"
    assert "std 0.1 (variance 0.01), clamped" in table.loc["dae", "noise"]
    assert table["psnr"].tolist() == [30.0, 20.0, 26.0]
    assert table["n_images"].tolist() == [2, 2, 2]
    # Two values, 2 apart: s = sqrt(2), so s / sqrt(2) = 1.
    assert table.loc["dae", "psnr_se"] == pytest.approx(1.0)
    assert table.loc["dae", "ssim_se"] == pytest.approx(1 / 50)
    mean = (10**-2.5 + 10**-2.7) / 2
    assert table.loc["dae", "psnr_of_mean_mse"] == pytest.approx(-10 * np.log10(mean))


def test_losses_are_first_and_last_of_both_splits_the_test_loss_and_the_gap(losses):
    dae = losses.set_index("model").loc["dae"]

    assert dae["training_mse_first"] == 0.4
    assert dae["training_mse_last"] == 0.01
    assert dae["validation_mse_first"] == 0.35
    assert dae["validation_mse_last"] == 0.011
    test = 4 * (10**-2.5 + 10**-2.7) / 2
    assert dae["test_mse"] == pytest.approx(test)
    assert dae["gap"] == pytest.approx(test - 0.01)
    assert dae["images"] == "CIFAR-10"
    assert dae["noise_std"] == 0.1


def test_the_course_reports_figures_stand_beside_a_comparable_run(metrics, losses):
    table = nodes.compare_with_course_report(metrics, losses, NOISE)

    rows = table.set_index(["model", "figure"])
    assert rows.loc[("dae", "test PSNR"), "report"] == 24.48
    assert rows.loc[("dae", "test PSNR"), "this_run"] == 26.0
    assert rows.loc[("dae", "test SSIM"), "report"] == 0.889
    assert rows.loc[("ae", "test MSE"), "report"] == 0.012
    assert rows.loc[("ae", "training MSE, first"), "report"] == 0.232
    assert rows.loc[("ae", "training MSE, first"), "this_run"] == 0.3
    assert rows.loc[("dae", "validation MSE, first"), "this_run"] == 0.35
    assert rows.loc[("ae", "validation MSE, last"), "this_run"] == 0.002


@pytest.mark.parametrize(
    ("images", "std", "reason"),
    [
        ("CIFAR-10", 0.31623, "at this noise"),
        ("CIFAR-10 subset", 0.2, "at this noise"),
        ("sample photographs", 0.1, "for these images"),
    ],
)
def test_the_course_reports_figures_stay_away_from_any_other_run(images, std, reason):
    noise = {**NOISE, "std": std}
    metrics = nodes.compare_models(
        {"name": images},
        noise,
        ae=scores([28.0, 32.0], 0.0),
        dae=scores([25.0, 27.0], std),
    )
    losses = nodes.summarize_losses(
        metrics, ae=history((1, 1), (1, 1)), dae=history((1, 1), (1, 1))
    )

    table = nodes.compare_with_course_report(metrics, losses, noise)

    assert table["report"].isna().all()
    assert table["this_run"].notna().all()
    assert set(table["note"]) == {f"the report gives no figure {reason}"}


@pytest.mark.parametrize("images", ["CIFAR-10", "CIFAR-10 subset"])
def test_cifar10_at_std_a_tenth_is_comparable(images):
    assert course_report.why_not_comparable(images, 0.1) is None


def test_architectures_list_every_layer_of_every_model():
    network = build_network("report", seed=0)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    model = (weights, {"network": "report", "noise": NOISE})
    images = np.zeros((1, 32, 32, 3), dtype=np.uint8)

    table = nodes.summarize_architectures(images, ae=model, dae=model)

    assert table["model"].tolist() == ["ae"] * 8 + ["dae"] * 8
    for _, rows in table.groupby("model"):
        assert rows["parameters"].sum() == 1611
        assert rows["output"].iloc[0] == "8x30x30"
        assert rows["output"].iloc[-1] == "3x32x32"
        assert rows["receptive_field"].iloc[-1] == 9


def test_examples_show_as_many_images_as_asked_for_with_their_psnr():
    images = np.arange(4, dtype=np.uint8).repeat(32 * 32 * 3).reshape(4, 32, 32, 3)
    table = scores([21.23, 25.0, 30.0, 31.0], 0.1)
    noisy_table = scores([11.11, 12.0, 13.0, 14.0], 0.1)

    figure = figure_nodes.plot_denoised(
        images,
        normalize(images),
        images,
        noisy_table,
        table,
        {"name": "CIFAR-10"},
        NOISE,
        "ResUNet",
        REPORTING.model_copy(update={"examples": 2}),
    )

    texts = [text.get_text() for text in figure.texts]
    assert [text for text in texts if text.endswith("dB")] == [
        "11.1 dB", "12.0 dB", "21.2 dB", "25.0 dB",
    ]  # fmt: skip
    assert {"original", "noisy", "denoised"} <= set(texts)
    (title,) = (text for text in texts if "CIFAR-10" in text)
    assert title.startswith("ResUNet, Gaussian")
    assert "std 0.1 (variance 0.01), clamped" in title.replace("\n", " ")
    assert "1 to 2 of 4" in title
    assert len(figure.images) == 6


def test_reconstructions_are_shown_under_their_originals():
    images = np.zeros((3, 32, 32, 3), dtype=np.uint8)

    figure = figure_nodes.plot_reconstructions(
        images,
        images + np.uint8(200),
        scores([21.2, 25.0, 30.0], 0.0),
        {"name": "mine"},
        "A small AE",
        REPORTING,
    )

    assert len(figure.images) == 6
    original, *_, reconstruction = (
        np.asarray(image.get_array()) for image in figure.images
    )
    assert original.max() == 0
    assert reconstruction.min() == 200
    assert any("A small AE, clean input" in text.get_text() for text in figure.texts)


def test_loss_curves_say_the_noise_of_each_model(metrics):
    figure = figure_nodes.plot_loss_curves(
        metrics,
        ae_history=history((0.3, 0.2), (0.003, 0.002)),
        dae_history=history((0.4, 0.35), (0.01, 0.011)),
        ae_title="AE",
        dae_title="A small DAE",
    )

    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert titles[0] == "AE, clean input"
    assert titles[1].startswith(
        "A small DAE, Gaussian noise of std 0.1 (variance 0.01)"
    )


# Other noise


def test_denoisers_and_the_untouched_input_are_tried_at_every_noise_level():
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), np.uint8)
    network = build_network("report", seed=0, input_skip=True)
    for weight in network.parameters():  # which then gives its input back
        weight.data.zero_()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    model = (weights, {"network": "report", "options": {"input_skip": True}})

    table = nodes.score_by_sigma(
        images,
        NOISE,
        REPORTING,
        dae_model=model,
        dae_device="cpu",
        dae_precision="float32",
    )

    assert set(table["n_images"]) == {3}
    rows = table.set_index(["model", "std"])["psnr"]
    assert list(rows.index) == [
        ("noisy_input", 0.05), ("dae", 0.05), ("noisy_input", 0.2), ("dae", 0.2),
    ]  # fmt: skip
    for std in (0.05, 0.2):
        noise = read_noise(NOISE).at(std)
        noisy = unnormalize(add_noise(normalize(images[:3]), noise, 0, TEST_STREAM))
        expected = score_images(noisy, images[:3])["psnr"].mean()
        assert rows["noisy_input", std] == pytest.approx(expected)
        assert rows["dae", std] == pytest.approx(expected, abs=0.01)
    assert rows["noisy_input", 0.05] > rows["noisy_input", 0.2] + 8


def test_curves_over_the_noise_carry_the_titles_of_the_lanes():
    table = pd.DataFrame(
        {
            "model": ["noisy_input", "dae"] * 2,
            "std": [0.1, 0.1, 0.2, 0.2],
            "psnr": [26.0, 30.0, 20.0, 28.0],
            "n_images": 3,
        }
    )

    figure = figure_nodes.plot_psnr_by_sigma(
        table, {"name": "CIFAR-10"}, NOISE, dae_title="A small DAE"
    )

    curves = {line.get_label(): line for line in figure.axes[0].lines}
    np.testing.assert_array_equal(curves["A small DAE"].get_ydata(), [30.0, 28.0])
    np.testing.assert_array_equal(curves["untouched input"].get_ydata(), [26.0, 20.0])
    title = figure.get_suptitle().replace("\n", " ")
    assert "clamped to [-1, 1]" in title
    assert "CIFAR-10, the first 3 test images" in title


# Errors and extremes


def shades(count: int) -> np.ndarray:
    """Images that are told apart by their grey: 10, 20, 30 ..."""
    levels = 10 * np.arange(1, count + 1, dtype=np.uint8)
    return levels.repeat(32 * 32 * 3).reshape(count, 32, 32, 3)


def greys(figure) -> list[int]:
    """The grey of each image of a figure, in the order in which they were put."""
    return [int(np.asarray(image.get_array())[0, 0, 0]) for image in figure.images]


def texts(figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in figure.texts]


def test_error_maps_hold_each_denoiser_against_the_untouched_input():
    images = shades(4)

    figure = figure_nodes.plot_error_maps(
        images,
        normalize(images),
        scores([11.1, 12.0, 13.0, 14.0], 0.1),
        {"name": "mine"},
        NOISE,
        REPORTING.model_copy(update={"examples": 2}),
        dae_images=images,
        dae_scores=scores([21.1, 22.0, 23.0, 24.0], 0.1),
        dae_title="A small DAE",
    )

    found = texts(figure)
    assert {"original", "noisy input", "A small DAE"} <= set(found)
    assert [text for text in found if text.endswith("dB")] == [
        "11.1 dB", "12.0 dB", "21.1 dB", "22.0 dB",
    ]  # fmt: skip
    (title,) = (text for text in found if "mine" in text)
    assert "std 0.1 (variance 0.01), clamped" in title
    assert "1 to 2 of 4" in title
    assert greys(figure)[:2] == [10, 20]


def test_the_worst_the_median_and_the_best_images_are_chosen_by_psnr():
    psnr = [30.0, 21.0, 27.0, 24.0, 29.0, 22.0, 26.0, 23.0, 28.0, 25.0, 31.0]
    images = shades(11)

    figure = figure_nodes.plot_extremes(
        images,
        normalize(images),
        images,
        scores([10.0] * 11, 0.1),
        scores(psnr, 0.1),
        {"name": "mine"},
        NOISE,
        "ResUNet",
    )

    # By PSNR: 21 to 23, 25 to 27, 29 to 31.
    chosen = [20, 60, 80, 100, 70, 30, 50, 10, 110]
    assert greys(figure) == chosen * 3
    found = texts(figure)
    kinds = ("worst ", "median ", "best ")
    assert [text for text in found if text.startswith(kinds)] == [
        "worst 2", "worst 6", "worst 8", "median 10", "median 7", "median 3",
        "best 5", "best 1", "best 11",
    ]  # fmt: skip
    assert found.count("10.0 dB") == 9
    assert "31.0 dB" in found


def test_of_two_images_both_are_the_best_and_the_worst():
    images = shades(2)

    figure = figure_nodes.plot_extremes(
        images,
        normalize(images),
        images,
        scores([10.0] * 2, 0.1),
        scores([21.0, 20.0], 0.1),
        {"name": "mine"},
        NOISE,
        "ResUNet",
    )

    assert greys(figure)[:6] == [20, 10] * 3
