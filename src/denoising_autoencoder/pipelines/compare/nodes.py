"""What differs between two runs of one lane: parameters and scores."""

from __future__ import annotations

import pandas as pd

from denoising_autoencoder.artifacts.lineage import flatten, value_in_words
from denoising_autoencoder.datasets.lane_run import LaneRun
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.evaluation.exact import ranking
from denoising_autoencoder.evaluation.metrics import summarize_scores
from denoising_autoencoder.evaluation.paired import paired_scores


def compare_parameters(a: LaneRun, b: LaneRun) -> pd.DataFrame:
    """List the parameters in which two runs differ.

    Args:
        a: First run.
        b: Second run.

    Returns:
        A row for each: parameter, a, b (as JSON; "not set" if it is null, or if a run
        does not have it), lane, version_a, version_b.

    Raises:
        ProjectError: They are not two runs on the same test images.
    """
    check_pair(a, b)
    of_a, of_b = dict(flatten(a.parameters)), dict(flatten(b.parameters))
    rows = [
        {
            "parameter": name,
            "a": value_in_words(of_a.get(name)),
            "b": value_in_words(of_b.get(name)),
            "lane": a.lane,
            "version_a": a.version,
            "version_b": b.version,
        }
        for name in sorted(of_a.keys() | of_b.keys())
        if of_a.get(name) != of_b.get(name)
    ]
    columns = ["parameter", "a", "b", "lane", "version_a", "version_b"]
    return pd.DataFrame(rows, columns=columns)


def compare_scores(a: LaneRun, b: LaneRun) -> pd.DataFrame:
    """Compare two runs by what they gave for each test image.

    Args:
        a: First run.
        b: Second run.

    Returns:
        A row for PSNR (`exact.ranking`: psnr_of_mean_mse if a run has exact images) and
        one for SSIM: metric, lane, version_a, version_b, noise_a and noise_b (standard
        deviations, 0 for clean inputs), a and b (means), difference (b minus a), low
        and high (its 95 % interval), p_value, share_better (share of images on which b
        is better), n_exact_a, n_exact_b, images (their name), n_images.

    Raises:
        ProjectError: They are not two runs on the same test images, or see
            `exact.counted_mse`.
    """
    check_pair(a, b)
    means = pd.DataFrame([summarize_scores(run.scores) for run in (a, b)])
    rows = []
    for metric in (ranking(means), "ssim"):
        pair = paired_scores(b.scores, a.scores, metric)
        rows.append(
            {
                "metric": metric,
                "lane": a.lane,
                "version_a": a.version,
                "version_b": b.version,
                "noise_a": float(a.scores["noise_std"].iloc[0]),
                "noise_b": float(b.scores["noise_std"].iloc[0]),
                "a": means[metric][0],
                "b": means[metric][1],
                "difference": pair.difference,
                "low": pair.low,
                "high": pair.high,
                "p_value": pair.p_value,
                "share_better": pair.share_better,
                "n_exact_a": means["n_exact"][0],
                "n_exact_b": means["n_exact"][1],
                "images": a.images,
                "n_images": means["n_images"][0],
            }
        )
    return pd.DataFrame(rows)


def check_pair(a: LaneRun, b: LaneRun) -> None:
    """Refuse two runs that cannot be compared.

    Raises:
        ProjectError: Both are the same run, or their test images differ.
    """
    if a.version == b.version:
        raise ProjectError(
            f"scores_a and scores_b are the same version, {a.version}: name two with "
            f"--load-versions=scores_a:V1,scores_b:V2; of {a.lane} there are: "
            f"{', '.join(a.others)}."
        )
    if a.originals_sha256 != b.originals_sha256:
        raise ProjectError(
            f"{a.version} and {b.version} have different test images: only runs on the "
            "same images can be compared."
        )
