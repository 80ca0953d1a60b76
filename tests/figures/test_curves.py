"""PSNR at other noise, and its distribution."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.figures import as_png, psnr_by_sigma, psnr_histogram


def curve(*psnr: float) -> pd.DataFrame:
    return pd.DataFrame({"std": [0.1, 0.2, 0.3], "psnr": psnr})


def test_each_model_and_the_untouched_input_are_a_curve_of_their_own():
    models = {"DAE": curve(30, 28, 26), "ResUNet": curve(33, 29, 27)}

    figure = psnr_by_sigma(models, curve(26, 20, 17), 0.2, "Images, clamped")

    (axes,) = figure.axes
    drawn = {line.get_label(): line for line in axes.lines}
    for name, given in [*models.items(), ("untouched input", curve(26, 20, 17))]:
        np.testing.assert_array_equal(drawn[name].get_xdata(), given["std"])
        np.testing.assert_array_equal(drawn[name].get_ydata(), given["psnr"])
    looks = {(line.get_color(), line.get_linestyle()) for line in drawn.values()}
    assert len(looks) == len(drawn)
    assert len({line.get_linestyle() for line in axes.lines[:2]}) == 2


def test_the_noise_of_the_training_is_marked():
    figure = psnr_by_sigma({"DAE": curve(3, 2, 1)}, curve(1, 1, 1), 0.25, "title")

    (axes,) = figure.axes
    marks = [line for line in axes.lines if list(line.get_xdata()) == [0.25, 0.25]]
    assert len(marks) == 1
    assert [text.get_text() for text in axes.texts] == ["trained here"]


def test_axes_have_their_units():
    figure = psnr_by_sigma({"DAE": curve(3, 2, 1)}, curve(1, 1, 1), 0.25, "title")

    assert figure.axes[0].get_xlabel().endswith("on the [-1, 1] scale")
    assert figure.axes[0].get_ylabel() == "mean PSNR, dB"


def test_every_image_is_counted_once_and_the_legend_has_the_medians():
    scores = {
        "untouched input": np.array([10.0, 11.0, 12.0]),
        "DAE": np.array([20.0, 21.0, 25.0, 26.0]),
    }

    figure = psnr_histogram(scores, "title")

    (axes,) = figure.axes
    counted = [sum(y for y in step_heights(patch.get_xy())) for patch in axes.patches]
    assert counted == [3, 4]
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["untouched input, median 11.0 dB", "DAE, median 23.0 dB"]


def step_heights(outline: np.ndarray) -> list[float]:
    """The height of each bin of a histogram that is drawn as an outline."""
    flat = [(a, b) for a, b in pairwise(outline) if a[0] < b[0]]
    return [a[1] for a, b in flat if a[1] == b[1]]


def test_an_image_that_is_hit_exactly_has_no_place_on_the_axis():
    figure = psnr_histogram({"AE": np.array([20.0, 30.0, np.inf])}, "title")

    low, high = figure.axes[0].get_xlim()
    assert np.isfinite([low, high]).all()


@pytest.mark.parametrize("name", ["$a_$", r"$\frac$"])
def test_a_title_with_signs_of_formulas_is_drawn_as_it_is(name):
    figure = psnr_histogram({"AE": np.array([20.0, 30.0])}, name)

    figure.canvas.draw()
    assert figure.get_suptitle() == name


@pytest.mark.parametrize("name", ["$a_$", r"$\frac$"])
def test_a_series_with_signs_of_formulas_in_its_name_is_named_as_it_is(name):
    figures = [
        psnr_histogram({name: np.array([20.0, 30.0])}, "title"),
        psnr_by_sigma({name: curve(3, 2, 1)}, curve(1, 1, 1), 0.25, "title"),
    ]

    for figure in figures:
        as_png(figure)
        texts = figure.axes[0].get_legend().get_texts()
        assert texts[0].get_text().startswith(name)
