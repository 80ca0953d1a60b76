"""The quality of the images, with confidence intervals."""

from __future__ import annotations

import math
from statistics import NormalDist

from denoising_autoencoder.evaluation.paired import CONFIDENCE, paired_difference
from denoising_autoencoder.evaluation.words import number, p_value
from denoising_autoencoder.page import Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results, leak_in_words

_UNTOUCHED = "untouched input"


def section(results: Results) -> Section:
    """Means over the test images, and the differences between denoisers."""
    text = (
        "Means over the test images, computed on rounded 8-bit pixels, ± half of the "
        f"{CONFIDENCE:.0%} confidence interval."
    )
    tables = [_metrics_table(results)]
    if results.titles("noisy"):
        text += " A denoiser must beat the untouched input."
        tables.append(_pairs_table(results))
    leak = leak_in_words(results.datasets["metrics"])
    return Section("metrics", "Metrics", [text, *leak], tables)


def _metrics_table(results: Results) -> Table:
    table = results.datasets["metrics"]
    titles = {"noisy_input": _UNTOUCHED, **results.titles()}
    rows = [
        [
            titles[row["model"]],
            f"{row['noise_std']:.4g}",
            f"{row['mse']:.4f}",
            f"{row['psnr']:.2f} {_half_interval(row['psnr_se'], 2)}",
            f"{row['ssim']:.4f} {_half_interval(row['ssim_se'], 4)}",
        ]
        for _, row in table.iterrows()
    ]
    first = table.iloc[0]
    return Table(
        f"{first['images']}, {first['n_images']:,} test images; intervals: "
        f"{first['standard_error']}",
        ["model", "noise std", "MSE", "PSNR, dB", "SSIM"],
        rows,
    )


def _half_interval(error: float, digits: int) -> str:
    if math.isnan(error):
        return ""
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    return f"± {half:.{digits}f}"


def _pairs_table(results: Results) -> Table:
    """PSNR of each denoiser minus that of all before it, image by image."""
    untouched = results.datasets["noisy_input_scores"]
    photographs = untouched["photograph"].to_numpy()
    psnr = {_UNTOUCHED: untouched["psnr"].to_numpy()}
    rows = []
    for name, title in results.titles("noisy").items():
        scores = results.lanes[name]["scores"]["psnr"].to_numpy()
        for other, other_scores in psnr.items():
            pair = paired_difference(scores, other_scores, photographs)
            rows.append(
                [
                    f"{title} minus {other}",
                    number(pair.difference, 2, sign="+"),
                    _interval(pair.low, pair.high),
                    p_value(pair.p_value),
                    number(100 * pair.share_better, 1, unit="%"),
                ]
            )
        psnr[title] = scores
    columns = ["PSNR", "dB", f"{CONFIDENCE:.0%} from, to", "p", "better on"]
    return Table("Paired, image by image", columns, rows)


def _interval(low: float, high: float) -> str:
    return "-" if math.isnan(low) else f"{low:.2f}, {high:.2f}"
