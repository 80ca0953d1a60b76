"""The quality of the images, with confidence intervals."""

from __future__ import annotations

import math
from statistics import NormalDist

from denoising_autoencoder.evaluation.exact import (
    HOW_IT_COUNTS,
    MEASURES,
    has_exact,
    ranking,
)
from denoising_autoencoder.evaluation.metrics import highest_psnr
from denoising_autoencoder.evaluation.paired import CONFIDENCE, paired_scores
from denoising_autoencoder.evaluation.words import (
    CODE_NOTE,
    TFLOP_NOTE,
    code_cell,
    exact_cells,
    number,
    p_value,
    tflop_cell,
)
from denoising_autoencoder.page import Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results, leak_in_words

_UNTOUCHED = "untouched input"
_PCA = "PCA"
_PCA = "PCA"


def section(results: Results) -> Section:
    """Means over the test images, and the differences between denoisers."""
    text = (
        "Means over the test images, computed on rounded 8-bit pixels, ± half of the "
        f"{CONFIDENCE:.0%} confidence interval."
    )
    exact = _exact_images(results)
    tables = [_metrics_table(results)]
    if results.titles("noisy"):
        text += " A denoiser must beat the untouched input."
        tables.append(_pairs_table(results))
    if "pca" in set(results.datasets["metrics"]["model"]):
        text += " An autoencoder must beat PCA, the best linear code, which is fitted"
        text += " on the training images."
    leak = leak_in_words(results.datasets["metrics"])
    return Section("metrics", "Metrics", [text, *leak, *exact], tables)


def _exact_images(results: Results) -> list[str]:
    """How exact images count, if there are any."""
    if not has_exact(results.datasets["metrics"]):
        return []
    height, width, channels = results.datasets["raw_test_images"].shape[1:]
    highest = highest_psnr(height, width, channels)
    psnr = f"With {width}x{height} pixels that is {highest:.1f} dB."
    ranked = "Where there are any, models are ranked by the PSNR of the mean MSE."
    return [f"{HOW_IT_COUNTS} {psnr} {ranked}"]


def _metrics_table(results: Results) -> Table:
    table = results.datasets["metrics"]
    exact = has_exact(table)
    beside = ["PSNR of the mean MSE, dB", "exact images"] if exact else []
    titles = {"pca": _PCA, "noisy_input": _UNTOUCHED, **results.titles()}
    # A table of an earlier release has neither.
    code = ["code"] if "code_size" in table else []
    work = ["TFLOP"] if "tflop" in table else []
    rows = [
        [
            titles[row["model"]],
            *([code_cell(row)] if code else []),
            f"{row['noise_std']:.4g}",
            f"{row['mse']:.4f}",
            f"{row['psnr']:.2f} {_half_interval(row['psnr_se'], 2)}",
            *(exact_cells(row) if exact else []),
            f"{row['ssim']:.4f} {_half_interval(row['ssim_se'], 4)}",
            *([tflop_cell(row)] if work else []),
        ]
        for _, row in table.iterrows()
    ]
    columns = ["noise std", "MSE", "PSNR, dB", *beside, "SSIM"]
    first = table.iloc[0]
    notes = [f"intervals: {first['standard_error']}"]
    notes += [CODE_NOTE] if code else []
    notes += [TFLOP_NOTE] if work else []
    return Table(
        f"{first['images']}, {first['n_images']:,} test images; {'; '.join(notes)}",
        ["model", *code, *columns, *work],
        rows,
    )


def _half_interval(error: float, digits: int) -> str:
    if math.isnan(error):
        return ""
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    return f"± {half:.{digits}f}"


def _pairs_table(results: Results) -> Table:
    """PSNR of each denoiser minus that of all before it, image by image."""
    measure = ranking(results.datasets["metrics"])
    before = {_UNTOUCHED: results.datasets["noisy_input_scores"]}
    rows = []
    for name, title in results.titles("noisy").items():
        scores = results.lanes[name]["scores"]
        for other, other_scores in before.items():
            pair = paired_scores(scores, other_scores, measure)
            rows.append(
                [
                    f"{title} minus {other}",
                    number(pair.difference, 2, sign="+"),
                    _interval(pair.low, pair.high),
                    p_value(pair.p_value),
                    number(100 * pair.share_better, 1, unit="%"),
                ]
            )
        before[title] = scores
    columns = [MEASURES[measure], "dB", f"{CONFIDENCE:.0%} from, to", "p", "better on"]
    return Table("Paired, image by image", columns, rows)


def _interval(low: float, high: float) -> str:
    return "-" if math.isnan(low) else f"{low:.2f}, {high:.2f}"
