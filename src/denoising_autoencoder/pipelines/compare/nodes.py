"""What differs between two runs of one lane: parameters, scores, curves, images."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from denoising_autoencoder.artifacts.lineage import leaves
from denoising_autoencoder.datasets.lane_run import LaneRun
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.reporting import ReportingParameters

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and the import
# of Matplotlib is left to the functions that draw.
Figure = Any

_COMPARED = ("psnr", "ssim")

_NONE = "-"


def compare_parameters(a: LaneRun, b: LaneRun) -> pd.DataFrame:
    """List the parameters in which two runs differ.

    Args:
        a: A run.
        b: Another.

    Returns:
        A row for each: parameter, a, b (as JSON has them; "-" where there is none),
        lane, version_a, version_b.

    Raises:
        ProjectError: They are no two runs of the same test images.
    """
    check_pair(a, b)
    of_a, of_b = dict(leaves(a.parameters)), dict(leaves(b.parameters))
    rows = [
        {
            "parameter": name,
            "a": json.dumps(of_a[name]) if name in of_a else _NONE,
            "b": json.dumps(of_b[name]) if name in of_b else _NONE,
            "lane": a.lane,
            "version_a": a.version,
            "version_b": b.version,
        }
        for name in sorted(of_a.keys() | of_b.keys())
        if (name in of_a, of_a.get(name)) != (name in of_b, of_b.get(name))
    ]
    columns = ["parameter", "a", "b", "lane", "version_a", "version_b"]
    return pd.DataFrame(rows, columns=columns)


def compare_scores(a: LaneRun, b: LaneRun) -> pd.DataFrame:
    """Compare two runs by what they gave for each test image.

    Args:
        a: A run.
        b: Another.

    Returns:
        A row for PSNR and one for SSIM: metric, lane, version_a, version_b, noise_a and
        noise_b (standard deviations, 0 for none), a and b (means), difference (b minus
        a), low and high (of its 95 % interval), p_value, share_better (images on which
        b is better), n_images.

    Raises:
        ProjectError: They are no two runs of the same test images.
    """
    check_pair(a, b)
    photographs = a.scores["photograph"].to_numpy()
    rows = []
    for metric in _COMPARED:
        one, other = a.scores[metric].to_numpy(), b.scores[metric].to_numpy()
        pair = paired_difference(other, one, photographs)
        rows.append(
            {
                "metric": metric,
                "lane": a.lane,
                "version_a": a.version,
                "version_b": b.version,
                "noise_a": float(a.noise_spec["std"]),
                "noise_b": float(b.noise_spec["std"]),
                "a": one.mean(),
                "b": other.mean(),
                "difference": pair.difference,
                "low": pair.low,
                "high": pair.high,
                "p_value": pair.p_value,
                "share_better": pair.share_better,
                "n_images": len(one),
            }
        )
    return pd.DataFrame(rows)


def plot_compared_curves(a: LaneRun, b: LaneRun) -> Figure:
    """Draw the loss curves of two runs over one another.

    Args:
        a: A run.
        b: Another.

    Raises:
        ProjectError: They are no two runs of the same test images.
    """
    from denoising_autoencoder import figures

    check_pair(a, b)
    return figures.overlaid_curves(
        {f"a, {a.version}": a.history, f"b, {b.version}": b.history},
        title=f"{a.lane}, two runs · {a.image_info['name']}",
    )


def plot_compared_images(
    a: LaneRun, b: LaneRun, parameters: ReportingParameters
) -> Figure:
    """Show the first test images as two runs give them.

    Args:
        a: A run.
        b: Another.
        parameters: How many are shown.

    Raises:
        ProjectError: They are no two runs of the same test images.
    """
    from denoising_autoencoder import figures

    check_pair(a, b)
    count = parameters.examples
    rows = [figures.ImageRow("original", a.originals[:count])]
    rows += [
        figures.ImageRow(label, run.reconstructions[:count], run.scores["psnr"][:count])
        for label, run in (("a", a), ("b", b))
    ]
    noises = [read_noise(run.noise_spec).describe() for run in (a, b)]
    noise = noises[0] if noises[0] == noises[1] else f"a: {noises[0]}; b: {noises[1]}"
    shown = min(count, len(a.originals))
    return figures.image_rows(
        rows,
        title=f"{a.lane}, a: {a.version}, b: {b.version}, {noise} · "
        f"{a.image_info['name']}, test images 1 to {shown} of {len(a.originals):,}",
    )


def check_pair(a: LaneRun, b: LaneRun) -> None:
    """Refuse what is no comparison.

    Raises:
        ProjectError: Both are one run, or their test images differ.
    """
    if a.version == b.version:
        raise ProjectError(
            f"scores_a and scores_b are the same version, {a.version}: name two with "
            f"--load-versions=scores_a:V1,scores_b:V2; of {a.lane} there are: "
            f"{', '.join(a.others)}."
        )
    if a.originals_sha256 != b.originals_sha256:
        raise ProjectError(
            f"{a.version} and {b.version} have other test images each: only runs of "
            "the same can be compared image by image."
        )
