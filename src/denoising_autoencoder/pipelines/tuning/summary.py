"""What the pipeline prints at the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Group

from denoising_autoencoder.evaluation.words import (
    TFLOP_NOTE,
    number,
    p_value,
    tflop,
)
from denoising_autoencoder.pipelines.tuning.report import describe_choice
from denoising_autoencoder.terminal.tables import new_table, note
from denoising_autoencoder.tuning.recipe import read_tuned_recipe


def _recipe_table(content: Mapping[str, Any]) -> Group:
    """The candidates of the confirmation, and the choice."""
    tuned = read_tuned_recipe(dict(content), "tuned_recipe")
    digits, unit = (2, "PSNR dB") if tuned.objective == "psnr" else (5, "MSE")
    table = new_table(["recipe", unit, "better by", "95 % from", "to", "p"])
    for candidate in tuned.candidates:
        table.add_row(
            candidate.recipe,
            number(candidate.mean, digits),
            number(candidate.difference, digits, sign="+"),
            number(candidate.low, digits),
            number(candidate.high, digits),
            p_value(candidate.p_value),
        )
    return Group(
        f"Confirmation of the tuning of {tuned.lane}, with fresh seeds",
        table,
        note(describe_choice(tuned)),
        note(
            "Intervals and p-values are corrected for folds that share images, and "
            "for the number of candidates."
        ),
    )


def _test_table(report: Mapping[str, Any]) -> Group:
    """The choice and the own recipe on the test images."""
    table = new_table(
        ["recipe", "PSNR dB", "95 % from", "to", "SSIM", "steps", "TFLOP"]
    )
    for name, scores in report["test"].items():
        table.add_row(
            name,
            number(scores["psnr"], 2),
            number(scores["low"], 2),
            number(scores["high"], 2),
            number(scores["ssim"], 3),
            f"{scores['steps']:,}",
            tflop(scores["tflop"]),
        )
    return Group(
        f"Judgement of the tuning · {report['title']}, {report['images']}, test images",
        table,
        f"  {report['noise']}",
        f"  {TFLOP_NOTE}",
        note(report["verdict"][1]),
    )


TABLES: dict[str, Callable[[Any], Group]] = {
    "tuned_recipe": _recipe_table,
    "tuning_report": _test_table,
}
"""What renders each dataset that is printed."""
