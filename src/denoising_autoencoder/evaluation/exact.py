"""Images that come out exactly, whose PSNR would be infinite.

One of them would make a mean infinite: a network that gives white for everything would
be the best on documents with a blank page. So they are counted, and their PSNR is that
of `metrics.highest_psnr`. A mean PSNR then mostly reflects how many exact images there
are, so methods are ranked by the PSNR of the mean MSE.
"""

from __future__ import annotations

import math

import pandas as pd

from denoising_autoencoder.errors import ProjectError

MEASURES = {"psnr": "mean PSNR", "psnr_of_mean_mse": "PSNR of the mean MSE"}
"""Measures by which methods are ranked, and what tables and figures call them."""

HOW_IT_COUNTS = (
    "An exact image equals its original; its PSNR counts as if one sample (one channel "
    "value of one pixel) were off by one level."
)
"""What has to be said beside means in which there are exact images."""


def is_exact(scores: pd.DataFrame) -> pd.Series:
    """Which images equal their originals.

    Args:
        scores: Scores of each image: mse.
    """
    return scores["mse"] == 0


def counted_mse(scores: pd.DataFrame) -> pd.Series:
    """The MSE of each image; an exact one counts with that of `highest_psnr`.

    So the PSNR of the mean is finite, and at most the mean PSNR.

    Args:
        scores: Scores of each image: mse, psnr.

    Raises:
        ProjectError: An earlier release made the scores, and a PSNR is infinite.
    """
    _refuse_infinite(scores)
    return scores["mse"].where(~is_exact(scores), 4 * 10 ** (-scores["psnr"] / 10))


def has_exact(means: pd.DataFrame) -> bool:
    """Whether exact images went into any of the means.

    Args:
        means: A row for each method: psnr, and n_exact, which tables of earlier
            releases lack.

    Raises:
        ProjectError: An earlier release made the table, and a PSNR is infinite.
    """
    _refuse_infinite(means)
    return "n_exact" in means and bool(means["n_exact"].any())


def ranking(means: pd.DataFrame) -> str:
    """The measure by which methods are ranked: a key of `MEASURES`.

    Args:
        means: See `has_exact`.

    Raises:
        ProjectError: See `has_exact`.
    """
    return "psnr_of_mean_mse" if has_exact(means) else "psnr"


def shown_psnr(scores: pd.DataFrame) -> pd.Series:
    """The PSNR of each image for figures, which print "exact" where it is infinite.

    Args:
        scores: Scores of each image: mse, psnr.
    """
    return scores["psnr"].where(~is_exact(scores), math.inf)


def _refuse_infinite(table: pd.DataFrame) -> None:
    if (table["psnr"] == math.inf).any():
        raise ProjectError(
            "A table of an earlier release holds an infinite PSNR, that of an exact "
            "image: make it again, with all that follows, for example by `kedro run "
            "--from-nodes=dae.score` or `kedro run --pipelines=baselines`."
        )
