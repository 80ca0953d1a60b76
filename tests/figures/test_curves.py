"""Losses, PSNR at other noise levels, and its distribution."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.figures import (
    loss_curves,
    psnr_by_sigma,
    psnr_histogram,
)
from tests.figures.screens import render

LONG = "A network with a long name, Gaussian noise of std 0.316 (variance 0.1), clamped"


def history(first: float, validation: float) -> pd.DataFrame:
    shares = [(0, 1.0), (100, 0.1), (250, 0.03)]
    return pd.concat(
        pd.DataFrame(
            {
                "step": [step for step, _ in shares],
                "split": split,
                "mse": [first * factor * share for _, share in shares],
            }
        )
        for split, factor in (("training", 1.0), ("validation", validation))
    )


def curve(*psnr: float) -> pd.DataFrame:
    return pd.DataFrame({"std": [0.1, 0.2, 0.3], "psnr": psnr})


def names_in_legend(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


# Loss curves


def test_each_panel_has_its_title_and_the_losses_of_both_splits():
    histories = {"AE, no noise": history(0.2, 0.9), "DAE, std 0.3": history(0.5, 1.8)}

    figure = loss_curves(list(histories.items()), "Losses on sample photographs")

    assert figure.get_suptitle() == "Losses on sample photographs"
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert titles == list(histories)
    for panel, given in zip(figure.axes, histories.values(), strict=True):
        lines = {line.get_label().split(",")[0]: line for line in panel.lines}
        assert set(lines) == {"training", "validation"}
        for split, line in lines.items():
            expected = given[given["split"] == split]
            np.testing.assert_array_equal(line.get_xdata(), [0, 100, 250])
            np.testing.assert_array_equal(line.get_ydata(), expected["mse"])


def test_the_legend_gives_the_last_loss_of_each_split():
    figure = loss_curves([("AE", history(0.2, 2.7))], "title")

    assert names_in_legend(figure) == [
        "training, at the end 0.0060",
        "validation, at the end 0.0162",
    ]


def test_losses_have_one_logarithmic_scale_with_its_unit():
    figure = loss_curves([("Net", history(0.2, 1)), ("Net", history(0.9, 1))], "title")

    left, right = figure.axes
    assert left.get_yscale() == right.get_yscale() == "log"
    assert left.get_ylim() == right.get_ylim()
    assert left.get_ylabel() == "MSE on the [-1, 1] scale"
    assert left.get_xlabel() == right.get_xlabel() == "step"


def test_the_two_splits_can_be_told_apart_without_their_colours():
    figure = loss_curves([("AE", history(0.2, 1))], "title")

    training, validation = figure.axes[0].lines
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_color() != validation.get_color()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_any_number_of_panels_is_readable(count):
    panels = [(f"{LONG} {number}", history(0.2, 1)) for number in range(count)]

    figure = loss_curves(panels, "title")

    screen = render(figure)
    assert len(figure.axes) == count
    boxes = [axes.get_tightbbox() for axes in figure.axes]  # with titles and labels
    for box, other in combinations(boxes, 2):
        assert not box.overlaps(other)
    for axes, box in zip(figure.axes, boxes, strict=True):
        frame = axes.get_window_extent()
        assert frame.width > screen.shape[1] / 4
        assert frame.height > screen.shape[1] / 8
        assert axes.get_legend().get_window_extent().width < frame.width
        assert box.x1 <= screen.shape[1]


# PSNR


def test_each_denoiser_and_the_untouched_input_have_a_curve_of_their_own():
    models = {"DAE": curve(30, 28, 26), "ResUNet": curve(33, 29, 27)}

    figure = psnr_by_sigma(models, curve(26, 20, 17), 0.2, "Images, clamped")

    (axes,) = figure.axes
    drawn = {line.get_label(): line for line in axes.lines}
    for name, given in [*models.items(), ("untouched input", curve(26, 20, 17))]:
        np.testing.assert_array_equal(drawn[name].get_xdata(), given["std"])
        np.testing.assert_array_equal(drawn[name].get_ydata(), given["psnr"])
    assert axes.get_xlabel().endswith("on the [-1, 1] scale")
    assert axes.get_ylabel() == "mean PSNR, dB"


def test_the_noise_of_the_training_is_marked():
    figure = psnr_by_sigma({"DAE": curve(3, 2, 1)}, curve(1, 1, 1), 0.25, "title")

    (axes,) = figure.axes
    marks = [line for line in axes.lines if list(line.get_xdata()) == [0.25, 0.25]]
    assert len(marks) == 1
    assert [text.get_text() for text in axes.texts] == ["trained here"]


def test_every_image_is_counted_once_and_the_legend_has_the_medians():
    scores = {
        "untouched input": np.array([10.0, 11.0, 12.0]),
        "DAE": np.array([20.0, 21.0, 25.0, 26.0]),
    }

    figure = psnr_histogram(scores, "title")

    (axes,) = figure.axes
    counted = [sum(step_heights(patch.get_xy())) for patch in axes.patches]
    assert counted == [3, 4]
    assert names_in_legend(figure) == [
        "untouched input, median 11.0 dB", "DAE, median 23.0 dB",
    ]  # fmt: skip


def step_heights(outline: np.ndarray) -> list[float]:
    """The height of each bin of a histogram that is drawn as an outline."""
    flat = [(a, b) for a, b in pairwise(outline) if a[0] < b[0]]
    return [a[1] for a, b in flat if a[1] == b[1]]


def test_exact_images_are_only_counted():
    scores = {
        "AE": np.array([20.0, 30.0, 40.0, np.inf]),
        "white": np.full(3, np.inf),
    }

    figure = psnr_histogram(scores, "title")

    (axes,) = figure.axes
    assert 15 < axes.get_xlim()[0] < axes.get_xlim()[1] < 45
    assert axes.get_xlabel().endswith("exact images are not drawn")
    counted = [sum(step_heights(patch.get_xy())) for patch in axes.patches]
    assert counted == [3, 0]
    assert names_in_legend(figure) == [
        "AE, median 35.0 dB, 1 exact", "white, median exact, 3 exact",
    ]  # fmt: skip


def test_a_histogram_of_exact_images_only_is_drawn():
    figure = psnr_histogram({"AE": np.full(2, np.inf)}, "title")

    render(figure)
    assert names_in_legend(figure) == ["AE, median exact, 2 exact"]


def test_an_axis_says_which_psnr_it_shows():
    models = {"DAE": curve(30, 28, 26)}

    figure = psnr_by_sigma(models, curve(3, 2, 1), 0.2, "t", "PSNR of the mean MSE")

    assert figure.axes[0].get_ylabel() == "PSNR of the mean MSE, dB"


# Any number of series, with any names


NAMES = [f"denoiser {number}" for number in range(6)]


@pytest.mark.parametrize(
    ("figure", "drawn"),
    [
        (psnr_histogram({name: np.array([20.0, 30.0]) for name in NAMES}, "t"), 6),
        (
            psnr_by_sigma(
                {name: curve(3, 2, 1) for name in NAMES}, curve(1, 1, 1), 0.2, "t"
            ),
            7,
        ),
    ],
    ids=["histogram", "sigma"],
)
def test_six_series_are_all_drawn_and_look_different(figure, drawn):
    render(figure)

    (axes,) = figure.axes
    named = [line for line in axes.lines if not line.get_label().startswith("_")]
    series = [*named, *axes.patches]
    assert len(series) == drawn == len(names_in_legend(figure))
    looks = {
        (str(artist.get_edgecolor() if artist in axes.patches else artist.get_color()),
         artist.get_linestyle())
        for artist in series
    }  # fmt: skip
    assert len(looks) == drawn
    legend, frame = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert frame.x1 <= legend.x0, "so many names would cover the curves"
    assert legend.x1 <= figure.bbox.x1


@pytest.mark.parametrize("name", ["$a_$", r"$\frac$"])
def test_names_with_signs_of_formulas_are_drawn_as_they_are(name):
    figures = [
        psnr_histogram({name: np.array([20.0, 30.0])}, name),
        psnr_by_sigma({name: curve(3, 2, 1)}, curve(1, 1, 1), 0.25, name),
        loss_curves([(name, history(0.2, 1))], name),
    ]

    for figure in figures:
        render(figure)
        assert figure.get_suptitle() == name
    for figure in figures[:2]:
        assert names_in_legend(figure)[0].startswith(name)
    assert figures[2].axes[0].get_title(loc="left") == name


def test_a_long_name_goes_beside_the_axes_with_both_of_its_ends():
    name = "long " * 60

    figure = psnr_histogram({name: np.array([20.0, 30.0])}, "title")

    render(figure)
    (axes,) = figure.axes
    (shown,) = names_in_legend(figure)
    assert shown.startswith("long long")
    assert shown.endswith("median 25.0 dB")
    legend, frame = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert frame.x1 <= legend.x0
    assert legend.x1 <= figure.bbox.x1
    assert frame.width > figure.bbox.width / 2
