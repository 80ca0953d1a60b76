"""The page about the codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from denoising_autoencoder.evaluation.exact import HOW_IT_COUNTS, has_exact
from denoising_autoencoder.evaluation.rates import psnr_at
from denoising_autoencoder.evaluation.words import number, p_value
from denoising_autoencoder.page import Picture, Section, Table, render_page
from denoising_autoencoder.pipelines.codes.figure_list import FIGURES, SHOWN
from denoising_autoencoder.pipelines.codes.rate_methods import LABELS, RATES
from denoising_autoencoder.pipelines.reporting.results import leak_in_words

Datasets = Mapping[str, Any]

_WHAT = (
    "An image becomes a code of some numbers, and the code becomes an image again. PCA "
    "is the best linear way to do it; it has learned from the training images and "
    "their mirror images."
)

_BITS = (
    "The numbers of a code are quantised with one step, and their bits are counted by "
    "distributions that were learned from training codes. JPEG and WebP are made for "
    "larger images of any kind."
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
            `code_rates`, `code_probe`, and the figures as PNG.

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
        text=[
            _WHAT,
            *leak_in_words(scores),
            *([HOW_IT_COUNTS] if has_exact(scores) else []),
        ],
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


def _bits(datasets: Datasets) -> Section:
    rates: pd.DataFrame = datasets["code_rates"]
    rows = []
    for method, points in rates.groupby("method", sort=False):
        curve = points["bits_per_pixel"].to_numpy(), points["psnr"].to_numpy()
        psnr = (number(psnr_at(rate, *curve), 2) for rate in RATES)
        header = points["header_bits_per_pixel"].mean()
        rows.append([LABELS[str(method)], *psnr, number(header, 2)])
    return Section(
        "bits",
        "Bits",
        text=[_BITS],
        tables=[
            Table(
                f"PSNR in dB at some bits per pixel, {rates['n_images'].iloc[0]:,} "
                "test images; the headers of files are counted apart.",
                ["method", *(f"{rate:g}" for rate in RATES), "header, bits/pixel"],
                rows,
            )
        ],
        pictures=[
            Picture(
                datasets["code_rates_figure"],
                "PSNR against bits per pixel of the autoencoder, PCA, JPEG and WebP.",
                "Each point is a setting that no other one of its method reaches with "
                "as few bits, chosen on validation images. Thin lines: whole files.",
            )
        ],
    )


def _inside(datasets: Datasets) -> Section:
    probe: pd.DataFrame = datasets["code_probe"]
    if probe.empty:
        return Section(
            "inside",
            "What is in a code",
            text=["There is no linear probe: it needs images with several labels."],
        )
    rows = []
    for _, both in probe.groupby("lane", sort=False):
        pca, code = (both[both["method"] == name].iloc[0] for name in ("pca", "code"))
        rows.append(
            [
                f"{code['code_size']:,}",
                *(f"{one['accuracy']:.3f}" for one in (pca, code)),
                number(code["minus_pca"], 3, sign="+"),
                _interval(code, 3, sign="+"),
                p_value(code["p_value"]),
            ]
        )
    return Section(
        "inside",
        "What is in a code",
        text=[_PROBE],
        tables=[
            Table(
                f"Share of {probe['n_images'].iloc[0]:,} test labels that a linear "
                "classifier finds. Intervals and p-values are those of paired t-tests.",
                ["numbers", "PCA", "code", "difference", "95 %", "p"],
                rows,
            )
        ],
    )


SECTIONS: tuple[Callable[[Datasets], Section], ...] = (
    *(_scores, _examples),
    *(_bits, _inside),
)
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
    return replace(section, pictures=[*section.pictures, *pictures])
