"""Figures of a tuning, mark by mark."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.figures import (
    Measure,
    TunedParameter,
    as_png,
    parameter_importances,
    trial_history,
    trial_slices,
)
from tests.figures.screens import render

PSNR = Measure("mean PSNR, dB")
PARAMETERS = [
    TunedParameter("learning_rate", 0.001, 0.1, log=True),
    TunedParameter("batch_size", choices=("4", "16")),
    TunedParameter("options.width", 4, 16),
]


def trials() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trial": [0, 1, 2, 3, 4, 5],
            "state": ["complete"] * 3 + ["pruned", "failed", "complete"],
            "score": [25.0, 25.4, 24.8, 24.5, np.nan, 25.2],
            "learning_rate": [0.02, 0.03, 0.01, 0.002, 0.09, 0.05],
            "batch_size": [16.0, 4, 16, 4, 4, 16],
            "options.width": [8.0, 12, 9, 4, 16, 10],
        }
    )


def drawn(axes) -> dict[str, list[tuple[float, float]]]:
    """The points of each kind of mark, by its colour and filling."""
    names = {
        ("#000000", True): "own", ("#D55E00", True): "chosen",
        ("#0072B2", True): "complete", ("#555555", False): "pruned",
    }  # fmt: skip
    points: dict[str, list[tuple[float, float]]] = {}
    for line in axes.lines:
        if line.get_linestyle() in ("None", "none"):
            key = (line.get_color(), line.get_markerfacecolor() != "none")
            points.setdefault(names.get(key, "failed"), []).extend(
                zip(line.get_xdata(), line.get_ydata(), strict=True)
            )
    return points


def names_in(legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def test_the_history_shows_each_trial_once_and_the_best_so_far():
    figure = trial_history(trials(), PSNR, "Tuning of DAE")

    (axes,) = figure.axes
    points = drawn(axes)
    assert points["own"] == [(0, 25.0)]
    assert points["complete"] == [(1, 25.4), (2, 24.8), (5, 25.2)]
    assert points["pruned"] == [(3, 24.5)]
    assert [x for x, _ in points["failed"]] == [4]
    best = next(line for line in axes.lines if line.get_label() == "best so far")
    assert list(best.get_ydata()) == [25.0, 25.4, 25.4, 25.4, 25.4]
    assert axes.get_ylabel() == "mean PSNR, dB"


def test_of_the_mse_the_best_is_the_lowest():
    table = trials().assign(score=[0.03, 0.025, 0.028, 0.04, np.nan, 0.02])

    figure = trial_history(table, Measure("mean MSE", higher_is_better=False), "t")

    best = next(
        line for line in figure.axes[0].lines if line.get_label() == "best so far"
    )
    assert list(best.get_ydata()) == [0.03, 0.025, 0.025, 0.02, 0.02]


def test_one_bad_trial_does_not_flatten_the_others():
    table = trials()
    table.loc[2, "score"] = 3.0

    figure = trial_history(table, PSNR, "title")

    (axes,) = figure.axes
    assert axes.get_ylim()[0] > 24
    assert (2, axes.get_ylim()[0]) in drawn(axes)["complete"]
    assert names_in(axes.get_legend())[-1] == "off the scale, or no fold scored"


def test_each_parameter_has_a_panel_with_the_own_and_the_chosen_recipe():
    figure = trial_slices(trials(), PARAMETERS, PSNR, "title", chosen=1)

    rate, batch, width = figure.axes
    assert drawn(rate)["own"] == [(0.02, 25.0)]
    assert drawn(rate)["chosen"] == [(0.03, 25.4)]
    assert rate.get_xscale() == "log"
    assert [text.get_text() for text in batch.get_xticklabels()] == ["4", "16"]
    for (place, _), choice in zip(drawn(batch)["complete"], [1, 1], strict=True):
        assert abs(place - choice) < 0.25
    assert drawn(width)["own"] == [(8, 25.0)]
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "learning_rate", "batch_size", "options.width",
    ]  # fmt: skip
    assert names_in(figure.legends[0]) == [
        "chosen", "own recipe", "complete", "ended early", "failed",
    ]  # fmt: skip


def test_importances_are_bars_the_largest_at_the_top():
    figure = parameter_importances({"a": 0.2, "b": 0.7, "c": 0.1}, "title")

    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["c", "a", "b"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([10, 20, 70])
    assert [text.get_text() for text in axes.texts] == ["10 %", "20 %", "70 %"]


def test_importances_that_are_unknown_say_so():
    figure = parameter_importances({"a": np.nan, "b": np.nan}, "title")

    render(figure)
    assert figure.axes[0].get_xlabel() == "importance: too few complete trials"


@pytest.mark.parametrize("count", [1, 9])
def test_any_number_of_parameters_is_readable(count):
    long = "options.a_parameter_with_a_very_long_name_indeed"
    many = [
        TunedParameter(f"{long}_{number}", choices=("[24, 48]", "[24, 48, 96]"))
        for number in range(count)
    ]
    values = {one.name: ["[24, 48]", "[24, 48, 96]"] * 3 for one in many}

    figure = trial_slices(trials().assign(**values), many, PSNR, "Long title " * 20)

    screen = render(figure)
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for box, other in combinations(boxes, 2):
        assert not box.overlaps(other)
    for box in boxes:
        assert box.x1 <= screen.shape[1] + 1
    legend = figure.legends[0].get_window_extent()
    assert not any(legend.overlaps(box) for box in boxes)


def test_a_tuning_of_which_nothing_was_complete_is_drawn():
    table = trials().assign(state="failed", score=np.nan)

    figures = [
        trial_history(table, PSNR, "t"),
        trial_slices(table, PARAMETERS, PSNR, "t"),
    ]

    for figure in figures:
        render(figure)


def test_equal_tables_give_equal_files():
    first, second = (
        as_png(trial_slices(trials(), PARAMETERS, PSNR, "t")) for _ in range(2)
    )

    assert first == second
