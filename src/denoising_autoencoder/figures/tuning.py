"""A tuning: how it went, which parameters matter, and which values are good.

All figures are drawn from a table of trials with the columns trial (its number; 0 is
the lane's own recipe), state ("complete", "pruned" or "failed"), and score: the mean
over the folds that were trained, NaN if there are none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    LogLocator,
    MaxNLocator,
    NullFormatter,
    StrMethodFormatter,
)

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.style import (
    BLACK,
    BLUE,
    GREY,
    PAGE,
    SMALL,
    TEXT,
    VERMILION,
    add_legend,
    fit_label,
    new_figure,
    put_title,
    style_axes,
)

_MOST_COLUMNS = 4
"""Panels in a row: narrower ones have no room for the names of choices."""

_LABEL = 2.0
"""Inches: largest width of the name of a parameter."""

_SPREAD = 4.0
"""How far below the median a score is still drawn at its place, in units of the
distance from the median to the best. One bad trial would flatten all others."""

_JITTER = 0.22
"""Largest distance of a dot from its choice or its whole number; these are 1 apart."""

_SHARE = 0.88
"""Share of the width of its column that a panel's axes have, about."""

_WIDE = 30
"""Ratio of the ends of a range above which only powers of ten are labelled."""

_TOO_FEW = "importance: too few complete trials"

_OFF = "off the scale, or no fold scored"

OWN_LABEL, BEST_LABEL = "own recipe", "best so far"


@dataclass(frozen=True)
class TunedParameter:
    """A parameter of the search.

    Attributes:
        name: Dotted name, which is its column in the table.
        low: Smallest value of a range.
        high: Largest value of a range.
        log: Whether the range was searched on a logarithmic scale.
        choices: The choices instead of a range, as texts in their order.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """What the scores are.

    Attributes:
        label: Label of their axis.
        higher_is_better: Whether the best score is the highest.
    """

    label: str
    higher_is_better: bool = True


@house_style()
def trial_history(trials: pd.DataFrame, measure: Measure, title: str) -> Figure:
    """The score of each trial in the order of the search, and the best so far.

    Args:
        trials: Table of trials.
        measure: What the scores are.
        title: Title of the figure.
    """
    figure = new_figure(PAGE, 2.9, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    limits = _limits(trials, measure)
    _mark_own_score(axes, trials)
    complete = trials[trials["state"] == "complete"]
    best = complete["score"].cummax() if measure.higher_is_better else None
    best = complete["score"].cummin() if best is None else best
    if len(best):
        steps = [*complete["trial"], int(trials["trial"].max()) + 0.5]
        axes.step(
            *(steps, [*best, best.iloc[-1]]),
            where="post", color=VERMILION, linewidth=1.0, label=BEST_LABEL,
        )  # fmt: skip
    _scatter(axes, trials, trials["trial"].to_numpy(float), limits, measure)
    axes.set_xlim(-0.8, int(trials["trial"].max()) + 0.8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trial")
    axes.set_ylabel(measure.label)
    add_legend(axes, _legend(trials, limits, measure, with_best=bool(len(best))))
    _put_legend_beside(axes)
    style_axes(axes)
    return figure


@house_style()
def parameter_importances(importances: Mapping[str, float], title: str) -> Figure:
    """A bar for each parameter, the most important at the top.

    Args:
        importances: Importance by dotted name; they add up to 1. All are NaN if there
            are too few trials.
        title: Title of the figure.
    """
    ranked = sorted(importances.items(), key=lambda item: item[1])
    figure = new_figure(PAGE, 0.75 + 0.24 * max(2, len(ranked)), layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    names = [fit_label(name, _LABEL, TEXT) for name, _ in ranked]
    values = [0.0 if math.isnan(value) else value for _, value in ranked]
    axes.barh(range(len(ranked)), [100 * value for value in values], 0.62, color=BLUE)
    axes.set_axisbelow(True)  # the grid
    axes.set_yticks(range(len(ranked)), names)
    for place, (_, value) in enumerate(ranked):
        if math.isnan(value):
            continue
        axes.annotate(
            f"{100 * value:.0f} %", (100 * value, place), (3, 0),
            textcoords="offset points", va="center", size=SMALL,
        )  # fmt: skip
    axes.set_xlim(0, 108 * max([*values, 0.01]))
    unknown = any(math.isnan(value) for _, value in ranked)
    axes.set_xlabel(_TOO_FEW if unknown else "importance, % of all")
    style_axes(axes)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    return figure


@house_style()
def trial_slices(
    trials: pd.DataFrame,
    parameters: Sequence[TunedParameter],
    measure: Measure,
    title: str,
    chosen: int | None = None,
) -> Figure:
    """The score of each trial against each parameter, a panel for each.

    Args:
        trials: Table of trials, with a column for each parameter.
        parameters: The parameters, in the order of the panels.
        measure: What the scores are.
        title: Title of the figure.
        chosen: Trial that the tuning chose; None if it chose the own recipe.
    """
    rows = math.ceil(len(parameters) / _MOST_COLUMNS)
    columns = math.ceil(len(parameters) / rows)
    figure = new_figure(PAGE, 0.55 + 1.9 * rows, layout="constrained")
    put_title(figure, title)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    panels = list(grid.flat)
    limits = _limits(trials, measure)
    for spare in panels[len(parameters) :]:
        figure.delaxes(spare)
    for axes, parameter in zip(panels, parameters, strict=False):
        _mark_own_score(axes, trials)
        places = _places(axes, trials, parameter)
        _scatter(axes, trials, places, limits, measure, chosen)
        axes.set_xlabel(fit_label(parameter.name, _SHARE * PAGE / columns, TEXT))
        style_axes(axes)
        axes.tick_params(axis="x", labelsize=SMALL)
    for first in grid[:, 0]:
        first.set_ylabel(measure.label)
        style_axes(first)
    figure.legend(
        handles=_legend(trials, limits, measure, chosen=chosen),
        loc="outside lower left",
        ncols=len(_MARKS) + 1,
        frameon=False,
        fontsize=SMALL,
    )
    return figure


def _limits(trials: pd.DataFrame, measure: Measure) -> tuple[float, float]:
    """The lowest and the highest score that are drawn at their places."""
    scores = trials["score"].dropna().to_numpy()
    if not len(scores):
        return 0.0, 1.0
    sign = 1 if measure.higher_is_better else -1
    heights = np.sort(sign * scores)
    best, middle = heights[-1], np.median(heights)
    worst = heights[heights >= middle - _SPREAD * (best - middle)][0]
    low, high = sorted((sign * float(best), sign * float(worst)))
    room = 0.08 * (high - low) or 0.1
    return low - room, high + room


def _scatter(
    axes: Axes,
    trials: pd.DataFrame,
    places: npt.NDArray[np.float64],
    limits: tuple[float, float],
    measure: Measure,
    chosen: int | None = None,
) -> None:
    """Draw a mark for each trial; what is off the scale is a triangle at its end."""
    low, high = limits
    edge, end = (low, "v") if measure.higher_is_better else (high, "^")
    axes.set_ylim(low, high)
    for mark in _MARKS.values():
        among = mark.among(trials, chosen).to_numpy()
        scores = trials["score"].to_numpy(float)
        inside = among & (scores >= low) & (scores <= high)
        outside = among & ~inside
        axes.plot(places[inside], scores[inside], mark.marker, **mark.look)
        spots = np.full(int(outside.sum()), edge)
        look = {**mark.look, "clip_on": False, "in_layout": False, "zorder": 5}
        axes.plot(places[outside], spots, "x" if mark.failed else end, **look)


@dataclass(frozen=True)
class _Mark:
    """How a group of trials is drawn."""

    label: str
    marker: str
    color: str
    filled: bool
    size: float
    state: str
    own: bool = False
    chosen: bool = False

    @property
    def failed(self) -> bool:
        return self.state == "failed"

    @property
    def look(self) -> dict[str, Any]:
        return {
            "color": self.color,
            "markerfacecolor": self.color if self.filled else "none",
            "markersize": self.size,
            "markeredgewidth": 0.8,
            "linestyle": "none",
        }

    def among(self, trials: pd.DataFrame, chosen: int | None) -> pd.Series:
        """Which trials are drawn so."""
        is_own = trials["trial"] == 0
        is_chosen = trials["trial"] == (-1 if chosen is None else chosen)
        if self.own:
            return is_own
        if self.chosen:
            return is_chosen & ~is_own
        return (trials["state"] == self.state) & ~is_own & ~is_chosen


_MARKS = {
    "failed": _Mark("failed", "x", GREY, True, 4.0, "failed"),
    "pruned": _Mark("ended early", "o", GREY, False, 3.0, "pruned"),
    "complete": _Mark("complete", "o", BLUE, True, 3.4, "complete"),
    "own": _Mark(OWN_LABEL, "D", BLACK, True, 4.2, "complete", own=True),
    "chosen": _Mark("chosen", "s", VERMILION, True, 4.8, "complete", chosen=True),
}
"""The groups in the order in which they are drawn, the last on top."""


def _legend(
    trials: pd.DataFrame,
    limits: tuple[float, float],
    measure: Measure,
    chosen: int | None = None,
    with_best: bool = False,
) -> list[Line2D]:
    """A sample of each kind of mark that the figure has."""
    samples = [
        Line2D([], [], marker=mark.marker, label=mark.label, **mark.look)
        for mark in reversed(_MARKS.values())
        if mark.among(trials, chosen).any()
    ]
    scores = trials["score"]
    inside = (scores >= limits[0]) & (scores <= limits[1])
    if (~inside & (trials["state"] != "failed")).any():
        end = "v" if measure.higher_is_better else "^"
        look = {**_MARKS["complete"].look, "color": GREY, "markerfacecolor": GREY}
        samples.append(Line2D([], [], marker=end, label=_OFF, **look))
    if with_best:
        line = Line2D([], [], color=VERMILION, linewidth=1.0, label=BEST_LABEL)
        samples.insert(0, line)
    return samples


def _put_legend_beside(axes: Axes) -> None:
    legend = axes.get_legend()
    if legend is not None:
        legend.set_loc("upper left")
        legend.set_bbox_to_anchor((1, 1), transform=axes.transAxes)


def _mark_own_score(axes: Axes, trials: pd.DataFrame) -> None:
    """A line at the score of the own recipe."""
    own = trials.loc[trials["trial"] == 0, "score"].dropna()
    for score in own:
        axes.axhline(score, color=GREY, linewidth=0.8, linestyle=":", zorder=1)


def _places(
    axes: Axes, trials: pd.DataFrame, parameter: TunedParameter
) -> npt.NDArray[np.float64]:
    """Where on the horizontal axis each trial stands; prepares that axis."""
    column = trials[parameter.name]
    # Side by side in the order of the trials, the same at each drawing.
    shift = 2 * _JITTER * ((trials["trial"].to_numpy(float) * 0.618 + 0.5) % 1 - 0.5)
    if parameter.choices:
        numbers = {choice: place for place, choice in enumerate(parameter.choices)}
        middles = column.map(lambda value: numbers.get(_text(value), math.nan))
        axes.set_xlim(-0.5, len(numbers) - 0.5)
        room = _SHARE * PAGE / _MOST_COLUMNS / len(numbers)
        labels = [fit_label(choice, room, SMALL, lines=2) for choice in numbers]
        axes.set_xticks(range(len(numbers)), labels)
        return middles.to_numpy(float) + shift
    low, high = parameter.low, parameter.high
    if parameter.log:
        axes.set_xscale("log")
        room = (high / low) ** 0.05
        axes.set_xlim(low / room, high * room)
        subs = (1,) if high / low > _WIDE else (1, 2, 5)
        axes.xaxis.set_major_locator(LogLocator(subs=subs))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        return column.to_numpy(float)
    whole = bool((column.dropna() % 1 == 0).all())
    room = 0.5 if whole else 0.05 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(integer=whole, nbins=5))
    return column.to_numpy(float) + (shift if whole else 0.0)


def _text(value: object) -> str:
    """A cell as the text of a choice: 16.0 is "16", as in the configuration."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
