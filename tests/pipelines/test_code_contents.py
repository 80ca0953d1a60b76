"""What is in codes: nodes of the pipeline `codes`."""

from __future__ import annotations

import io
import logging
import re
from html import unescape
from math import nan

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from denoising_autoencoder.denoisers import codec
from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.extras import CODES
from denoising_autoencoder.figures import as_png, image_rows
from denoising_autoencoder.figures.panels import ImageRow
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.lanes import lanes_of
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines.codes import (
    create_pipeline,
    figure_nodes,
    nodes,
    probe_nodes,
    summary,
)
from denoising_autoencoder.pipelines.codes.figure_list import FIGURES
from denoising_autoencoder.pipelines.codes.page_nodes import write_codes_page
from denoising_autoencoder.pipelines.codes.probe_nodes import COLUMNS, probe_codes
from tests.figures.screens import magnified, places, render

NO_LABELS = np.empty(0, np.int32)
INFO = {"name": "some images"}


def images(labels: np.ndarray) -> np.ndarray:
    """Images that are dark if the label is 0 and light if it is 1, in [-1, 1]."""
    rng = np.random.default_rng(len(labels))
    grey = np.where(labels, 200, 50)[:, None, None, None]
    pixels = grey + rng.integers(-20, 21, (len(labels), 8, 8, 3))
    return normalize(pixels.astype(np.uint8))


def mean_of_pixels() -> np.ndarray:
    """A mean image of zero, and two components: the first is the mean of the pixels."""
    components = np.zeros((3, 8 * 8 * 3), np.float32)
    components[1] = 1 / np.sqrt(192)
    components[2, 0] = 1
    return components


def probed(
    train_labels: np.ndarray, test_labels: np.ndarray, encoded: int = 60
) -> pd.DataFrame:
    """The probe of a lane whose code of one number says nothing."""
    which = {"train": np.arange(60), "validation": np.arange(60, 80)}
    shown = np.arange(80) % 2
    test = np.arange(10) % 2
    return probe_codes(
        train_labels,
        test_labels,
        which["train"],
        which["validation"],
        images(shown[:60]),
        images(shown[60:]),
        images(test),
        np.arange(10, dtype=np.int32),
        mean_of_pixels(),
        **{
            "code_1.train_codes": np.zeros((encoded, 1), np.float16),
            "code_1.validation_codes": np.zeros((20, 1), np.float16),
            "code_1.codes": np.zeros((10, 1), np.float16),
        },
    )


def test_the_probe_stands_beside_that_of_pca_with_a_code_of_the_same_size():
    labels = np.arange(80, dtype=np.int32) % 2

    table = probed(labels, np.array([0, 1, 0, 1, 0, 1, 0, 1, 1, 0], np.int32))

    assert list(table.columns) == list(COLUMNS)
    pca, code = (table.iloc[row] for row in range(2))
    assert [*pca[:3]] == ["code_1", "pca", 1]
    assert [*code[:3]] == ["code_1", "code", 1]
    # Light and dark are found, but for the two test images with the other label.
    assert pca["accuracy"] == 0.8
    # A code that says nothing gives everything one label.
    assert code["accuracy"] == 0.5
    # Of the first eight it finds four, and of the others one.
    hits = np.array([[1, 0, 1, 0, 1, 0, 1, 0, 0, 1], [1] * 8 + [0] * 2], float)
    test = paired_difference(*hits, np.arange(10))
    assert [*code[5:]] == [test.difference, test.low, test.high, test.p_value]
    assert code["minus_pca"] == pytest.approx(-0.3)
    assert table["n_images"].tolist() == [10, 10]


def test_only_the_training_images_that_have_a_code_are_probed(monkeypatch):
    monkeypatch.setattr(nodes, "MOST_ENCODED", 40)
    labels = np.arange(80, dtype=np.int32) % 2
    without = np.setdiff1d(np.arange(60), nodes.encoded_images(60))
    labels[without] = 7  # by which nothing could be learned

    table = probed(labels, np.arange(10, dtype=np.int32) % 2, encoded=40)

    assert table["accuracy"].tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (NO_LABELS, "the images have none"),
        (np.full(80, 3, np.int32), "the training images have only one"),
    ],
)
def test_without_labels_there_is_no_probe_and_the_log_says_why(labels, reason, caplog):
    with caplog.at_level(logging.INFO):
        table = probed(labels, labels[:10])

    assert list(table.columns) == list(COLUMNS)
    assert table.empty
    assert caplog.messages == [f"No linear probe: it needs labels, and {reason}."]


def test_training_images_of_all_places_get_a_code(monkeypatch):
    class Means:
        def encode(self, images: np.ndarray) -> np.ndarray:
            return images.mean(axis=(1, 2, 3))[:, None]

    monkeypatch.setattr(codec, "trained_codec", lambda *_: Means())
    monkeypatch.setattr(nodes, "MOST_ENCODED", 3)
    grey = np.linspace(-1, 1, 9)[:, None, None, None] * np.ones((1, 8, 8, 3))

    train, validation = probe_nodes.encode_training_images(
        ({}, {}), grey, grey[:2], "cpu", "auto"
    )

    np.testing.assert_allclose(train[:, 0], [-1, 0, 1])
    np.testing.assert_allclose(validation[:, 0], [-1, -0.75])


def test_what_needs_scikit_learn_says_so():
    tagged = create_pipeline(lanes_of("codes")).only_nodes_with_tags(CODES.tag).nodes

    assert {node.name for node in tagged} == {"codes.probe", "codes.plot_code_map"}


def test_neighbours_are_found_by_the_code_and_by_the_pixels(monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        "denoising_autoencoder.figures.nearest_images",
        lambda *given, **_: drawn.update(given[1]),
    )
    monkeypatch.setattr(nodes, "MOST_ENCODED", 4)
    # Dark, light, dark, light; their codes are the other way round.
    test = images(np.array([0, 1]))
    without_code = test[:1]
    near = images(np.array([0, 1, 0, 1]))
    train = np.concatenate([near[:3], without_code, near[3:]])
    assert nodes.encoded_images(5).tolist() == [0, 1, 2, 4]
    codes = np.array([[1.0], [0], [1.1], [0.1]], np.float16)

    figure_nodes.plot_neighbours(
        unnormalize(test),
        test,
        np.array([[0.0], [1]], np.float16),
        np.array([4, 5], np.int32),
        train,
        codes,
        np.array([9, 4, 5, 4, 7, 5], np.int32),  # the first is for validation
        np.array([1, 2, 3, 4, 5]),
        INFO,
    )

    code, pixels = drawn["nearest by code"], drawn["nearest by pixels"]
    # The test images have the nearest codes 1, 3, 0, 2 and 0, 2, 3, 1.
    assert not (pixels.images[0] == unnormalize(without_code)).all(axis=(1, 2, 3)).any()
    expected = unnormalize(near)[[[1, 3, 0, 2], [0, 2, 3, 1]]]
    np.testing.assert_array_equal(code.images, expected)
    assert code.same.tolist() == [
        [False, False, True, True],
        [False, False, True, True],
    ]
    assert {*pixels.same[0, :2].tolist(), *pixels.same[1, :2].tolist()} == {True}


def test_ways_between_images_are_those_of_codes_and_of_pixels(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "denoising_autoencoder.figures.blends", lambda pairs, **_: drawn.extend(pairs)
    )

    class Grey:
        def decode(self, codes: np.ndarray) -> np.ndarray:
            levels = codes[:, 0].round().astype(np.uint8)
            return np.broadcast_to(levels[:, None, None, None], (len(codes), 8, 8, 3))

    monkeypatch.setattr(codec, "trained_codec", lambda *_: Grey())
    test = images(np.array([0, 1]))

    figure_nodes.plot_blends(
        ({}, {}), test, np.array([[0.0], [80]], np.float16), INFO, "cpu", "auto"
    )

    (pair,) = drawn
    assert pair["code"][:, 0, 0, 0].tolist() == list(range(0, 90, 10))
    np.testing.assert_array_equal(pair["pixels"][[0, -1]], unnormalize(test))


def test_examples_have_the_images_of_pca_with_as_many_numbers(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "denoising_autoencoder.figures.image_rows", lambda rows, **_: drawn.extend(rows)
    )
    test = images(np.array([0, 1, 0]))
    seen = unnormalize(test)
    made = pd.DataFrame({"mse": [0.1] * 3, "psnr": [20.0, 21.0, 22.0]})

    figure_nodes.plot_code_examples(
        seen,
        made.assign(lane="code_2", psnr=[10.0, 11.0, 12.0]),
        mean_of_pixels(),
        INFO,
        ReportingParameters.model_construct(examples=2),
        **{
            "code_2.inputs": test,
            "code_2.outputs": seen[::-1],
            "code_2.codes": np.zeros((3, 2), np.float16),
            "code_2.scores": made,
        },
    )

    original, linear, learned = drawn
    np.testing.assert_array_equal(original.images, seen[:2])
    expected = nodes.first_components(mean_of_pixels(), 2).reconstruct(test[:2])
    np.testing.assert_array_equal(linear.images, expected)
    np.testing.assert_array_equal(learned.images, seen[::-1][:2])


def test_the_figure_of_the_sizes_has_the_lanes_with_clean_inputs(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "denoising_autoencoder.figures.psnr_by_code_size",
        lambda *given, **_: drawn.extend(given),
    )
    noisy = scores().assign(noise_std=0.3, psnr=20.0)

    figure_nodes.plot_code_sizes(pd.concat([scores(), noisy]), INFO)

    curves, differences = drawn
    assert curves["autoencoder"]["psnr"].tolist() == [25.0]
    assert curves["PCA"]["psnr"].tolist() == [24.15]
    assert differences["difference"].tolist() == [0.85]


def scores() -> pd.DataFrame:
    common = {
        "lane": "code_128", "code_size": 128, "images": "some images",
        "noise_std": 0.0, "noise": "no noise", "n_images": 500, "n_test_in_training": 0,
    }  # fmt: skip
    gain = {"minus_pca": 0.85, "low": 0.8, "high": 0.9, "p_value": 1e-9}
    return pd.DataFrame(
        [
            {**common, "method": "pca", "psnr": 24.15, "ssim": 0.8},
            {**common, "method": "code", "psnr": 25.0, "ssim": 0.85, **gain},
        ]
    )


def page(probe: pd.DataFrame) -> str:
    png = as_png(image_rows([ImageRow("a", np.zeros((1, 8, 8, 3), np.uint8))], "b"))
    figures = {figure.dataset: png for figure in FIGURES}
    rates = pd.DataFrame(
        {
            "method": ["code", "code", "jpeg"],
            "bits_per_pixel": [0.2, 0.6, 1.0],
            "psnr": [20.0, 24.0, 26.0],
            "header_bits_per_pixel": [0.0, 0.0, 4.88],
            "n_images": 500,
        }
    )
    html = write_codes_page(
        code_scores=scores(),
        code_rates=rates,
        code_rates_figure=png,
        code_probe=probe,
        **figures,
    )
    assert html.count("<img ") == len(FIGURES) + 1
    text = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


PROBE = pd.DataFrame(
    [
        ("code_128", "pca", 128, 0.364, 500, nan, nan, nan, nan),
        ("code_128", "code", 128, 0.4, 500, 0.036, 0.0121, 0.0599, 0.0034),
    ],
    columns=list(COLUMNS),
)


def test_the_page_begins_with_the_result_and_has_both_tables():
    text = page(PROBE)

    assert (
        "From codes of 128 numbers the autoencoder gives 500 test images back with "
        "25.00 dB, 0.85 dB more than PCA with 24.15 dB."
    ) in text
    assert "128 no noise 24.15 25.00 +0.85 +0.80 to +0.90 < .001 0.800 0.850" in text
    assert "128 0.364 0.400 +0.036 +0.012 to +0.060 0.003" in text
    for heading in (
        *("1. Autoencoders and PCA", "2. Examples", "3. Bits"),
        "4. What is in a code",
    ):
        assert heading in text


def test_without_labels_the_page_says_that_there_is_no_probe():
    assert "There is no linear probe: it needs images with" in page(PROBE[:0])


def test_the_table_of_the_probe_is_printed():
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(summary.TABLES["code_probe"](PROBE))
    console.print(summary.TABLES["code_probe"](PROBE[:0]))

    printed = console.export_text()
    assert "share of 500 test labels" in printed
    assert re.search(
        r"128 +0\.364 +0\.400 +\+0\.036 +\+0\.012 +\+0\.060 +0\.003", printed
    )
    assert "Linear probe · none" in printed


def test_a_single_test_image_has_a_map_too():
    one = unnormalize(images(np.array([1])))

    figure = figure_nodes.plot_code_map(
        one, np.array([[1.0, 2]], np.float16), INFO, seed=0
    )

    screen = render(figure)
    assert len(places(screen, magnified(one[0], 8))) == 2
