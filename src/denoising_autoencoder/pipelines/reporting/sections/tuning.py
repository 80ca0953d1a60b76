"""What tunings on the same training images have found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from denoising_autoencoder.artifacts.lineage import value_in_words
from denoising_autoencoder.datasets.tuning_results import TuningResult
from denoising_autoencoder.evaluation.words import TFLOP_NOTE, number, p_value, tflop
from denoising_autoencoder.page import Picture, Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results

_CAPTIONS = {
    "history": "The score of each trial, by cross-validation, and the best so far.",
    "importances": "How much the values of the good trials differ from those of all "
    "(PED-ANOVA).",
    "slices": "The score of each trial against each parameter.",
}
"""Text below each figure, which also describes it."""


def section(results: Results) -> Section:
    """Candidates, choice and test scores of each tuned lane."""
    tunings: list[TuningResult] = results.datasets.get("tuning_results", [])
    return Section(
        "tuning",
        "Tuning",
        [_text(one, results) for one in tunings],
        [table for one in tunings for table in _tables(one.report)],
        [
            Picture(png, _CAPTIONS[name], f"{one.report['title']}: {_CAPTIONS[name]}")
            for one in tunings
            for name, png in one.pictures.items()
        ],
    )


def _text(tuning: TuningResult, results: Results) -> str:
    report = tuning.report
    trials = sum(report["trials"].values())
    recipe = results.recipe(report["lane"]) or {}
    if recipe.get("recipe") == "tuned":
        use = "The model on this page is trained by a tuned recipe."
    else:
        use = "The model on this page is trained by its own recipe."
    return (
        f"{report['title']}: {trials} trials of {report['folds']} folds of the "
        f"training images, with {report['noise']} (version {tuning.version}). "
        f"{' '.join(report['verdict'])} {use}"
    )


def _tables(report: Mapping[str, Any]) -> list[Table]:
    return [_candidates(report), _values(report), _scores(report)]


def _candidates(report: Mapping[str, Any]) -> Table:
    digits, unit = (2, "PSNR, dB") if report["objective"] == "psnr" else (5, "MSE")
    rows = [
        [
            one["recipe"],
            number(one["mean"], digits),
            number(one["difference"], digits, sign="+"),
            number(one["low"], digits, sign="+"),
            number(one["high"], digits, sign="+"),
            p_value(one["p_value"]),
        ]
        for one in report["candidates"]
    ]
    return Table(
        f"{report['title']}: confirmation with fresh seeds; intervals and p-values are "
        "corrected for folds that share images, and for the number of candidates",
        ["recipe", unit, "better by", "95 % from", "to", "p"],
        rows,
    )


def _values(report: Mapping[str, Any]) -> Table:
    candidates = report["candidates"]
    names = list(candidates[0]["values"])
    rows = [
        [name, *(_value(one["values"][name]) for one in candidates)] for name in names
    ]
    return Table(
        f"{report['title']}: tuned parameters",
        ["parameter", *(one["recipe"] for one in candidates)],
        rows,
    )


def _scores(report: Mapping[str, Any]) -> Table:
    rows = [
        [
            name,
            number(scores["psnr"], 2),
            number(scores["low"], 2),
            number(scores["high"], 2),
            number(scores["ssim"], 4),
            f"{scores['steps']:,}",
            tflop(scores["tflop"]),
        ]
        for name, scores in report["test"].items()
    ]
    return Table(
        f"{report['title']}: test images; intervals over the seeds; {TFLOP_NOTE}",
        ["recipe", "PSNR, dB", "95 % from", "to", "SSIM", "steps", "TFLOP"],
        rows,
    )


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else value_in_words(value)
