"""Tables and figures from small hand-made scores and histories."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.draw import TEST_STREAM, add_noise
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.pipelines.reporting import (
    course_report,
    figure_nodes,
    nodes,
    pca_nodes,
    summary,
)
from tests.pipelines.reports import (
    CLEAN,
    NOISE,
    REPORTING,
    history,
    metrics_of,
    model,
    scores,
)

TWO = REPORTING.model_copy(update={"examples": 2})


@pytest.fixture
def metrics() -> pd.DataFrame:
    return metrics_of(
        "CIFAR-10",
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


def test_metrics_have_the_work_of_each_training_and_none_for_the_untouched_input(
    metrics,
):
    tflop = metrics.set_index("model")["tflop"]

    # Of each multiply-accumulate two operations, in three passes; 1,600 images.
    assert tflop["dae"] == pytest.approx(6 * 500_000 * 1600 / 1e12)
    assert tflop["ae"] == tflop["dae"]
    assert math.isnan(tflop["noisy_input"])


def printed(metrics: pd.DataFrame) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(summary.TABLES["metrics"](metrics))
    return " ".join(capture.get().split())


def test_the_printed_metrics_have_the_work_of_each_training(metrics):
    dear = metrics.assign(tflop=[0.0048, np.nan, 1234.5])

    text = printed(dear)

    assert " SSIM ± TFLOP " in text
    assert re.search(r"ae 6,272 0 \S+ 30.00 \S+ \S+ \S+ 0.0048 ", text)
    assert re.search(r"noisy_input - 0.1 \S+ 20.00 \S+ \S+ \S+ - ", text)
    assert re.search(r"dae 6,272 0.1 \S+ 26.00 \S+ \S+ \S+ 1,234 ", text)
    assert "6 x multiply-accumulates x images seen" in text


def test_metrics_of_an_earlier_release_are_printed_without_work_and_codes(metrics):
    text = printed(metrics.drop(columns=["tflop", "code_size"]))

    assert "TFLOP" not in text
    assert "code" not in text


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


@pytest.mark.parametrize(
    ("lanes", "noise"),
    [({"ae": 0.0}, "clean input"), ({"ae": 0.0, "dae": 0.1}, "Gaussian noise of std")],
)
def test_the_printed_metrics_name_the_noise(lanes, noise):
    tables = {name: scores([25.0, 27.0], std) for name, std in lanes.items()}
    table = metrics_of("mine", NOISE, **tables)
    console = Console(width=100)

    with console.capture() as capture:
        console.print(summary.TABLES["metrics"](table))

    assert "mine, 2 images" in capture.get()
    assert noise in capture.get()


def test_the_printed_metrics_say_that_test_images_are_training_images_too():
    ae = scores([25.0, 27.0], 0.0)
    console = Console(width=100)

    for leaked, said in [(1, True), (0, False)]:
        table = metrics_of("mine", NOISE, leaked, ae=ae)
        with console.capture() as capture:
            console.print(summary.TABLES["metrics"](table))
        sentence = "1 of 2 test images are training images too"
        assert (sentence in capture.get()) is said


def test_the_printed_metrics_say_how_exact_images_count():
    noisy = scores([30.0, 31.0], 0.1)
    exact = scores([77.0, 20.0], 0.1).assign(mse=[0.0, 0.04])
    table = metrics_of("mine", NOISE, noisy_input=noisy, dae=exact)
    console = Console(width=80)

    with console.capture() as capture:
        console.print(summary.TABLES["metrics"](table))

    text = " ".join(capture.get().split())
    assert "noisy_input 0.1 0.0036 30.50 30.47 0 " in text
    assert "dae 0.1 0.0200 48.50 23.01 1 " in text
    assert "one sample (one channel value of one pixel) were off by one level" in text


# The course report


def test_a_comparable_run_is_compared_with_the_course_report(metrics, losses):
    table = nodes.compare_with_course_report(metrics, losses, NOISE)

    rows = table.set_index(["model", "figure"])
    assert len(rows) == len(course_report.FIGURES)
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
def test_no_other_run_is_compared_with_the_course_report(images, std, reason):
    noise = {**NOISE, "std": std}
    tables = {"ae": scores([28.0, 32.0], 0.0), "dae": scores([25.0, 27.0], std)}
    metrics = metrics_of(images, noise, **tables)
    histories = dict.fromkeys(tables, history((1, 1), (1, 1)))
    losses = nodes.summarize_losses(metrics, **histories)

    table = nodes.compare_with_course_report(metrics, losses, noise)

    assert table["report"].isna().all()
    assert table["this_run"].notna().all()
    assert set(table["note"]) == {f"the report gives no figure {reason}"}


@pytest.mark.parametrize("images", ["CIFAR-10", "CIFAR-10 subset"])
def test_cifar10_at_std_a_tenth_is_comparable(images):
    assert course_report.why_not_comparable(images, read_noise(NOISE)) is None


def test_noise_of_a_range_up_to_a_tenth_is_not_that_of_the_report():
    noise = read_noise(
        {"kind": "gaussian_range", "std": 0.1, "low": 0.0, "judged": [0.1]}
        | {"clamp": True}
    )

    assert course_report.why_not_comparable("CIFAR-10", noise) is not None


def test_architectures_list_every_layer_of_every_model():
    images = np.zeros((1, 32, 32, 3), dtype=np.uint8)

    table = nodes.summarize_architectures(images, ae=model(), dae=model())

    assert table["model"].tolist() == ["ae"] * 8 + ["dae"] * 8
    for _, rows in table.groupby("model"):
        assert rows["parameters"].sum() == 1611
        assert rows["output"].iloc[0] == "8x30x30"
        assert rows["output"].iloc[-1] == "3x32x32"
        assert rows["receptive_field"].iloc[-1] == 9
        assert set(rows["code_size"]) == {8 * 28 * 28}


@pytest.mark.parametrize("skipping", [model(input_skip=True), model("resunet")])
def test_a_network_that_the_image_can_go_around_has_no_code(skipping):
    images = np.zeros((1, 32, 32, 3), dtype=np.uint8)

    table = nodes.summarize_architectures(images, ae=skipping)

    assert table["code_size"].isna().all()


# PCA


def pca_of(shape: tuple[int, ...], components: int | None) -> pd.DataFrame:
    """The scores of PCA on two test images, which are the first training images too.

    Every image is its own mirror image, so that there are no more to learn from.
    """
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    images = np.minimum(images, images[:, :, ::-1])
    two = normalize(images), normalize(images[:2]), images[:2], np.array([4, 7])
    return pca_nodes.score_pca(*two, CLEAN, components)


def test_pca_with_all_dimensions_of_the_training_images_gives_them_back():
    scores = pca_of((6, 8, 8, 3), 5)

    assert scores["photograph"].tolist() == [4, 7]
    assert scores["code_size"].tolist() == [5, 5]
    assert scores["noise_std"].tolist() == [0, 0]
    assert scores["psnr"].min() > 50
    assert pca_of((6, 8, 8, 3), 2)["psnr"].max() < 30


@pytest.mark.parametrize(
    ("shape", "components", "why"),
    [
        ((9, 65, 64, 3), 2, "images of 65x64x3 are too large for it."),
        ((90, 8, 8, 1), 64, "a code of 64 numbers is as large as an image of 8x8x1, "),
        ((6, 8, 8, 3), 6, "6 numbers need more than 6 training images, so choose a "),
        ((6, 8, 8, 3), None, None),
    ],
)
def test_pca_is_left_out_with_a_sentence_where_it_says_nothing(
    shape, components, why, caplog
):
    scores = pca_of(shape, components)

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == (why is not None)
    assert all(one.startswith(f"PCA is left out of the metrics: {why}") for one in said)
    metrics = nodes.compare_models(
        {"name": "mine"},
        pd.DataFrame({"model": [], "macs": []}),
        **{"pca.scores": scores, "pca.noise": CLEAN},
        **{"ae.scores": pca_of((6, 8, 8, 3), 5), "ae.noise": CLEAN},
    )
    assert metrics["model"].tolist() == ["ae"]


# Figures


def shades(count: int) -> np.ndarray:
    """Images that differ by their grey: 10, 20, 30 ..."""
    levels = 10 * np.arange(1, count + 1, dtype=np.uint8)
    return levels.repeat(32 * 32 * 3).reshape(count, 32, 32, 3)


def greys(figure) -> list[int]:
    """The grey of each image of a figure, in the order in which they were put."""
    return [int(np.asarray(image.get_array())[0, 0, 0]) for image in figure.images]


def texts(figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in figure.texts]


def test_denoised_images_are_shown_with_their_psnr_as_many_as_asked_for():
    images = shades(4)

    figure = figure_nodes.plot_denoised(
        images,
        normalize(images),
        images + np.uint8(5),
        scores([11.11, 12.0, 13.0, 14.0], 0.1),
        scores([21.23, 25.0, 30.0, 31.0], 0.1),
        {"name": "CIFAR-10"},
        NOISE,
        "ResUNet",
        TWO,
    )

    assert greys(figure) == [10, 20, 10, 20, 15, 25]
    found = texts(figure)
    assert [text for text in found if text.endswith("dB")] == [
        "11.1 dB", "12.0 dB", "21.2 dB", "25.0 dB",
    ]  # fmt: skip
    assert {"original", "noisy", "denoised"} <= set(found)
    (title,) = (text for text in found if "CIFAR-10" in text)
    assert title.startswith("ResUNet, Gaussian")
    assert "std 0.1 (variance 0.01), clamped" in title
    assert "1 to 2 of 4" in title


def test_reconstructions_are_shown_under_their_originals():
    images = shades(3)

    figure = figure_nodes.plot_reconstructions(
        images,
        images + np.uint8(5),
        scores([21.2, 25.0, 30.0], 0.0),
        {"name": "mine"},
        "A small AE",
        REPORTING,
    )

    assert greys(figure) == [10, 20, 30, 15, 25, 35]
    assert any("A small AE, clean input" in text for text in texts(figure))


def test_loss_curves_say_the_noise_of_each_model(metrics):
    lanes = {
        "ae.history": history((0.3, 0.2), (0.003, 0.002)),
        "dae.history": history((0.4, 0.35), (0.01, 0.011)),
        "ae.title": "AE",
        "dae.title": "A small DAE",
    }

    figure = figure_nodes.plot_loss_curves(metrics, **lanes)

    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert titles[0] == "AE, clean input"
    assert titles[1].startswith(
        "A small DAE, Gaussian noise of std 0.1 (variance 0.01)"
    )


def test_error_maps_compare_each_denoiser_with_the_untouched_input():
    images = shades(4)
    lanes = {
        "dae.outputs": images,
        "dae.scores": scores([21.1, 22.0, 23.0, 24.0], 0.1),
        "dae.title": "A small DAE",
    }

    figure = figure_nodes.plot_error_maps(
        images,
        normalize(images),
        scores([11.1, 12.0, 13.0, 14.0], 0.1),
        {"name": "mine"},
        NOISE,
        TWO,
        **lanes,
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


def extremes(psnr: list[float]):
    """The figure of a denoiser with such images, beside one that is worse."""
    images = shades(len(psnr))
    noisy, worse = scores([10.0] * len(psnr), 0.1), scores([11.0] * len(psnr), 0.1)
    best = scores(psnr, 0.1)
    metrics = metrics_of("mine", NOISE, dae=best, other=worse)
    lanes = {
        "dae.outputs": images,
        "dae.scores": best,
        "dae.title": "The DAE",
        "other.outputs": images + np.uint8(1),
        "other.scores": worse,
        "other.title": "Another",
    }
    return figure_nodes.plot_extremes(
        images, normalize(images), noisy, {"name": "mine"}, NOISE, metrics, **lanes
    )


def test_the_worst_the_median_and_the_best_images_are_chosen_by_psnr():
    psnr = [30.0, 21.0, 27.0, 24.0, 29.0, 22.0, 26.0, 23.0, 28.0, 25.0, 31.0]

    figure = extremes(psnr)

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
    assert greys(extremes([21.0, 20.0]))[:6] == [20, 10] * 3


# Other noise


def test_denoisers_and_the_untouched_input_are_tried_at_every_noise_level():
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), np.uint8)
    network = build_network("report", seed=0, options={"input_skip": True})
    # With weights of zero, the output is the input.
    weights = {name: 0 * value.numpy() for name, value in network.state_dict().items()}
    copying = (weights, {"network": "report", "options": {"input_skip": True}})
    lanes = {"dae.model": copying, "dae.device": "cpu", "dae.precision": "float32"}
    lanes["dae.threads"] = 2

    table = nodes.score_by_sigma(images, NOISE, REPORTING, **lanes)

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
    assert set(table["n_exact"]) == {0}
    assert (table["psnr_of_mean_mse"] < table["psnr"]).all()


NONE_EXACT = pd.DataFrame({"psnr": [26.0], "n_exact": [0]})


def test_curves_over_the_noise_have_the_titles_of_the_lanes():
    table = pd.DataFrame(
        {
            "model": ["noisy_input", "dae"] * 2,
            "std": [0.1, 0.1, 0.2, 0.2],
            "psnr": [26.0, 30.0, 20.0, 28.0],
            "n_images": 3,
        }
    )

    figure = figure_nodes.plot_psnr_by_sigma(
        table, NONE_EXACT, {"name": "CIFAR-10"}, NOISE, **{"dae.title": "A small DAE"}
    )

    curves = {line.get_label(): line for line in figure.axes[0].lines}
    np.testing.assert_array_equal(curves["A small DAE"].get_ydata(), [30.0, 28.0])
    np.testing.assert_array_equal(curves["untouched input"].get_ydata(), [26.0, 20.0])
    title = figure.get_suptitle().replace("\n", " ")
    assert "clamped to [-1, 1]" in title
    assert "CIFAR-10, the first 3 test images" in title


@pytest.mark.parametrize("here", [True, False])
def test_curves_over_the_noise_show_the_psnr_of_the_mean_mse_if_images_are_exact(here):
    """As the table of the page does, though its images may be exact only there."""
    metrics = NONE_EXACT if here else NONE_EXACT.assign(n_exact=1)
    table = pd.DataFrame(
        {
            "model": ["noisy_input", "dae"],
            "std": 0.1,
            "n_exact": [0, int(here)],
            "psnr": [26.0, 50.0],
            "psnr_of_mean_mse": [25.0, 9.0],
            "n_images": 3,
        }
    )

    figure = figure_nodes.plot_psnr_by_sigma(
        table, metrics, {"name": "mine"}, NOISE, **{"dae.title": "DAE"}
    )

    (axes,) = figure.axes
    assert axes.get_ylabel() == "PSNR of the mean MSE, dB"
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert drawn["DAE"] == [9.0]
    assert drawn["untouched input"] == [25.0]
