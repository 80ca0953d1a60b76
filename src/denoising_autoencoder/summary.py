"""What a run prints at its end: the tables, where the pictures are, and the times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

import pandas as pd
import rich
from kedro.io import DataCatalog
from kedro.io.core import Version
from rich import box
from rich.console import Console, Group
from rich.table import Table

from denoising_autoencoder.datasets.atomic import AtomicDataset

_READ = {"Page": ".html", "Pictures": ".png"}
"""What a person opens, by the suffix of its file."""

_NO_BREAK = "\N{NO-BREAK SPACE}"

_SHORTEST = 0.05
"""Seconds of a node that are named: less is 0.0."""


def print_summary(
    outputs: set[str], catalog: DataCatalog, seconds: Mapping[str, float]
) -> None:
    """Print what a run made.

    Args:
        outputs: Names of the datasets that the run saved.
        catalog: Where they are.
        seconds: By node, in the order in which they ran.
    """
    console = rich.get_console()
    tables = {
        "metrics": _metrics_table,
        "losses": _losses_table,
        "course_report_comparison": _comparison_table,
        "baselines": _baselines_table,
        "baselines_pairs": _pairs_table,
        "compared_parameters": _differing_table,
        "compared_scores": _compared_table,
    }
    for name, render in tables.items():
        if name in outputs:
            console.print()
            # No markup: brackets in a user's name for images are brackets.
            console.print(render(catalog.load(name)), highlight=False, markup=False)
    console.print()
    _print_paths(console, outputs, catalog)
    if seconds:
        _print_seconds(console, seconds)
    images = _images(outputs, catalog)
    if images:
        console.print(f"Images: {images}", markup=False)


def _images(outputs: set[str], catalog: DataCatalog) -> str | None:
    """The name of the images that the outputs were made from.

    By their lineage: the newest images may be others.
    """
    if "image_info" in outputs:
        return str(catalog.load("image_info")["name"])
    info = catalog.get("image_info")
    for output in sorted(outputs):
        dataset = catalog[output]
        if isinstance(dataset, AtomicDataset) and isinstance(info, AtomicDataset):
            made_from = dataset.lineage().contents().get("image_info")
            for version in info.list_versions(full_path=False):
                if info.lineage(version).sha256 == made_from:
                    read = catalog.get("image_info", version=Version(version, None))
                    return str(read.load()["name"]) if read else None
    return None


def _metrics_table(metrics: pd.DataFrame) -> Group:
    first = metrics.iloc[0]
    table = _table(["model", "noise std", "MSE", "PSNR dB", "±", "SSIM", "±"])
    for _, row in metrics.iterrows():
        table.add_row(
            str(row["model"]),
            f"{row['noise_std']:.4g}",
            f"{row['mse']:.4f}",
            f"{row['psnr']:.2f}",
            _number(row["psnr_se"], 2),
            f"{row['ssim']:.3f}",
            _number(row["ssim_se"], 3),
        )
    noisy = metrics[metrics["noise_std"] > 0].iloc[0]
    return Group(
        f"Test metrics · {first['images']}, {first['n_images']:,} images",
        table,
        f"  {noisy['noise']}",
        f"  ± standard error: {first['standard_error']}",
    )


def _losses_table(losses: pd.DataFrame) -> Group:
    table = _table(["model", "training", "validation", "test", "gap"])
    for _, row in losses.iterrows():
        table.add_row(
            str(row["model"]),
            f"{row['training_mse_first']:.3f} -> {row['training_mse_last']:.4f}",
            f"{row['validation_mse_first']:.3f} -> {row['validation_mse_last']:.4f}",
            f"{row['test_mse']:.4f}",
            f"{row['gap']:+.4f}",
        )
    return Group(
        "MSE loss at the first and the last record",
        table,
        "  training: mean over the steps since the record before",
        "  gap: test minus last training loss; near 0 means no overfitting",
    )


def _comparison_table(comparison: pd.DataFrame) -> Group:
    title = f"Beside the course report · {comparison['note'].iloc[0]}"
    if comparison["report"].isna().all():
        return Group(title)
    table = _table(["model", "figure", "report", "this run"])
    for _, row in comparison.iterrows():
        table.add_row(
            str(row["model"]),
            str(row["figure"]),
            f"{row['report']:g}",
            f"{row['this_run']:.4g}",
        )
    return Group(title, table)


def _baselines_table(baselines: pd.DataFrame) -> Group:
    first = baselines.iloc[0]
    table = _table(["method", "PSNR dB", "±", "SSIM", "±", "ms/image"])
    for _, row in baselines.iterrows():
        table.add_row(
            str(row["method"]),
            f"{row['psnr']:.2f}",
            _number(row["psnr_se"], 2),
            f"{row['ssim']:.3f}",
            _number(row["ssim_se"], 3),
            _number(row["ms_per_image"], 2),
        )
    return Group(
        f"Baselines · {first['images']}, {first['n_images']:,} test images",
        table,
        f"  {first['noise']}",
        f"  ± standard error: {first['standard_error']}; ms on one core of the CPU",
    )


def _pairs_table(pairs: pd.DataFrame) -> Group:
    """The pairs of the network that is the best of them."""
    # Least of all a network whose difference is no number: equal images on both sides.
    network = pairs.groupby("network")["difference"].min().fillna(-math.inf).idxmax()
    table = _table(["method", "dB", "95 % from", "to", "p", "better on"])
    for _, row in pairs[pairs["network"] == network].iterrows():
        table.add_row(
            str(row["method"]),
            _number(row["difference"], 2, sign="+"),
            _number(row["low"], 2),
            _number(row["high"], 2),
            _p_value(row["p_value"]),
            _number(100 * row["share_better"], 1, unit=" %"),
        )
    return Group(
        f"{network} minus each method, image by image · {pairs['noise'].iloc[0]}", table
    )


def _differing_table(parameters: pd.DataFrame) -> Group:
    if parameters.empty:
        return Group("The two runs have the same parameters.")
    table = _table(["parameter", "a", "b"])
    for _, row in parameters.iterrows():
        table.add_row(str(row["parameter"]), str(row["a"]), str(row["b"]))
    return Group("Parameters that differ", table)


def _compared_table(scores: pd.DataFrame) -> Group:
    first = scores.iloc[0]
    table = _table(["", "a", "b", "b - a", "95 % from", "to", "p", "better on"])
    for _, row in scores.iterrows():
        digits = 2 if row["metric"] == "psnr" else 4
        table.add_row(
            str(row["metric"]).upper(),
            f"{row['a']:.{digits}f}",
            f"{row['b']:.{digits}f}",
            _number(row["difference"], digits, sign="+"),
            _number(row["low"], digits),
            _number(row["high"], digits),
            _p_value(row["p_value"]),
            _number(100 * row["share_better"], 1, unit=" %"),
        )
    return Group(
        f"{first['lane']}, a: {first['version_a']}, b: {first['version_b']}, "
        f"{first['n_images']:,} test images",
        table,
    )


def _print_paths(console: Console, outputs: set[str], catalog: DataCatalog) -> None:
    datasets = [catalog[name] for name in sorted(outputs)]
    paths = [one.path for one in datasets if isinstance(one, AtomicDataset)]
    for title, suffix in _READ.items():
        found = [_from_here(path) for path in paths if path.suffix == suffix]
        if found:
            console.print(f"{title}:")
        for path in found:
            console.print(f"  {path}", soft_wrap=True, highlight=False, markup=False)


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _print_seconds(console: Console, seconds: Mapping[str, float]) -> None:
    """A line for each namespace, so that a lane's three nodes stand together."""
    lines: dict[str, list[str]] = {}
    for name, value in seconds.items():
        namespace, _, node = name.rpartition(".")
        if value >= _SHORTEST:
            lines.setdefault(namespace, []).append(f"{node} {value:.1f}")
    console.print(f"Seconds ({sum(seconds.values()):.1f} in all):", highlight=False)
    for namespace, parts in lines.items():
        # A part is not broken, and what is wrapped stands below the first.
        unbroken = ", ".join(part.replace(" ", _NO_BREAK) for part in parts)
        first = f"  {namespace}: "
        text = fill(
            unbroken,
            console.width,
            initial_indent=first,
            subsequent_indent=" " * min(len(first), console.width // 3),
            break_long_words=False,
            break_on_hyphens=False,
        )
        console.print(text.replace(_NO_BREAK, " "), highlight=False, soft_wrap=True)


def _table(columns: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True)
    for index, name in enumerate(columns):
        table.add_column(name, justify="left" if index == 0 else "right")
    return table


def _p_value(value: float) -> str:
    return "< .001" if value < 0.001 else _number(value, 3)


def _number(value: float, digits: int, sign: str = "-", unit: str = "") -> str:
    """A number as a table shows it: "-" for none.

    Args:
        value: NaN for none.
        digits: After the point.
        sign: "+" for a sign in any case.
        unit: Stands behind it.
    """
    return "-" if math.isnan(value) else f"{value:{sign}.{digits}f}{unit}"
