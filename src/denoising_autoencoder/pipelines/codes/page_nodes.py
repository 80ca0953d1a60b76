"""The page about the codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from denoising_autoencoder.evaluation.words import number, p_value
from denoising_autoencoder.page import Picture, Section, Table, render_page
from denoising_autoencoder.pipelines.codes.figure_list import FIGURES, SHOWN
from denoising_autoencoder.pipelines.reporting.results import leak_in_words

Datasets = Mapping[str, Any]

_WHAT = (
    "An image becomes a code of some numbers, and the code becomes an image again. PCA "
    "is the best linear way to do it."
)

_PROBE = (
    "A linear probe asks how much a code says about what an image shows: a logistic "
    "regression learns the labels of the training images from their codes, and is "
    "asked for those of the test images. The autoencoder never sees a label."
)


def write_codes_page(**datasets: Any) -> str:
    """Write the page about the codes.

    Args:
        datasets: All that the page shows, by the name of the dataset: `code_scores`,
            `code_probe`, and the figures as PNG.

    Returns:
        HTML.
    """
    scores = datasets["code_scores"]
    sections = [_with_pictures(write(datasets), datasets) for write in SECTIONS]
    return render_page(
        f"Small codes of {scores['images'].iloc[0]}", _lead(scores), sections
    )


def _scores(datasets: Datasets) -> Section:
    scores: pd.DataFrame = datasets["code_scores"]
    rows = []
    for _, both in scores.groupby("lane", sort=False):
        pca, code = (both[both["method"] == name].iloc[0] for name in ("pca", "code"))
        rows.append(
            [
                f"{code['code_size']:,}",
                str(code["noise"]),
                f"{pca['psnr']:.2f}",
                f"{code['psnr']:.2f}",
                number(code["minus_pca"], 2, sign="+"),
                _interval(code, 2, sign="+"),
                p_value(code["p_value"]),
                f"{pca['ssim']:.3f}",
                f"{code['ssim']:.3f}",
            ]
        )
    first = scores.iloc[0]
    return Section(
        "scores",
        "Autoencoders and PCA",
        text=[_WHAT, *leak_in_words(scores)],
        tables=[
            Table(
                f"{first['images']}, {first['n_images']:,} test images. Intervals and "
                "p-values are those of paired t-tests.",
                [
                    *("numbers", "input", "PCA, dB", "code, dB", "difference"),
                    *("95 %", "p", "SSIM of PCA", "SSIM of code"),
                ],
                rows,
                names=2,
            )
        ],
    )


def _examples(_: Datasets) -> Section:
    return Section("examples", "Examples")


def _inside(datasets: Datasets) -> Section:
    probe: pd.DataFrame = datasets["code_probe"]
    if probe.empty:
        return Section(
            "inside",
            "What is in a code",
            text=["The images have no labels that a linear probe could look for."],
        )
    rows = []
    for _, both in probe.groupby("lane", sort=False):
        pca, code = (both[both["method"] == name].iloc[0] for name in ("pca", "code"))
        rows.append(
            [
                f"{code['code_size']:,}",
                *(f"{pca['accuracy']:.3f}", _interval(pca, 3)),
                *(f"{code['accuracy']:.3f}", _interval(code, 3)),
            ]
        )
    return Section(
        "inside",
        "What is in a code",
        text=[_PROBE],
        tables=[
            Table(
                f"Share of {probe['n_images'].iloc[0]:,} test labels that a linear "
                "classifier finds, with 95 % intervals (Wilson).",
                ["numbers", "PCA", "95 %", "code", "95 %"],
                rows,
            )
        ],
    )


SECTIONS: tuple[Callable[[Datasets], Section], ...] = (_scores, _examples, _inside)
"""What writes each section of the page, in this order."""


def _lead(scores: pd.DataFrame) -> str:
    """The first paragraph: the result in one sentence."""
    both = scores[scores["lane"] == SHOWN].set_index("method")
    pca, code = both.loc["pca"], both.loc["code"]
    gain = round(code["minus_pca"], 2)
    than = f"{abs(gain):.2f} dB {'more' if gain > 0 else 'less'} than"
    return (
        f"From codes of {code['code_size']:,} numbers the autoencoder gives "
        f"{code['n_images']:,} test images back with {code['psnr']:.2f} dB, "
        f"{than if gain else 'as much as'} PCA with {pca['psnr']:.2f} dB."
    )


def _interval(row: pd.Series, digits: int, sign: str = "-") -> str:
    low, high = (number(row[end], digits, sign) for end in ("low", "high"))
    return f"{low} to {high}"


def _with_pictures(section: Section, datasets: Datasets) -> Section:
    pictures = [
        Picture(datasets[figure.dataset], figure.alt, figure.caption)
        for figure in FIGURES
        if figure.section == section.anchor
    ]
    return replace(section, pictures=pictures)
