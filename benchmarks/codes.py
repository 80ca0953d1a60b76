"""Autoencoders with small codes beside PCA, by several seeds.

    .venv/bin/python benchmarks/codes.py IMAGES.npz [--name NAME] [--seeds 5]
        [--csv FILE] [--seconds]

Each seed is one `kedro run --pipelines=codes` into the same temporary folder, so that
the images and PCA are the same. The difference is that of each image, averaged over the
seeds and then over the images; its interval and p-value are paired by image. "±" is the
standard deviation over the seeds. `--seconds`, for an idle machine, adds those of a
training with its validation.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from runs import in_words, read_newest, run_pipeline
from table import Table

from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.lanes import lanes_of

COLUMNS = (
    *("numbers", "input", "PCA, dB", "code, dB", "±", "more, dB"),
    *("PCA, SSIM", "code, SSIM", "TFLOP"),
)
LANES = [lane.name for lane in lanes_of("codes")]


def measure(images: str, data: Path, seed: int) -> pd.DataFrame:
    """Train every lane by one seed.

    Returns:
        A row for each image of each lane: lane, seed, image, photograph, psnr, ssim,
        and the lane's code_size, tflop, seconds and noise_std.
    """
    seeds = ",".join(f"{lane}.seed={seed}" for lane in LANES)
    run_pipeline("codes", f"data_root={data},{images},{seeds}")
    summary = read_newest(data, "08_reporting/codes.csv")
    summary = summary[summary["method"] == "code"].set_index("lane")
    tables = []
    for lane in LANES:
        timing = read_newest(data, f"06_models/{lane}/timing.csv")
        scores = read_newest(data, f"07_model_output/{lane}/scores.csv")
        tables.append(
            scores.assign(
                lane=lane,
                seed=seed,
                code_size=summary.loc[lane, "code_size"],
                tflop=summary.loc[lane, "tflop"],
                seconds=timing["seconds"].iloc[-1],
            )
        )
    return pd.concat(tables, ignore_index=True)


def cells(codes: pd.DataFrame, pca: pd.DataFrame, with_seconds: bool) -> list[str]:
    """Write the row of a lane.

    Args:
        codes: Rows of `measure` of one lane, of all seeds.
        pca: The scores of PCA for the same images.
        with_seconds: Whether the row ends with the seconds of a training.
    """
    by_image = codes.pivot_table(index="image", columns="seed", values="psnr")
    found = paired_difference(
        by_image.mean(axis=1).to_numpy(),
        pca["psnr"].to_numpy(),
        pca["photograph"].to_numpy(),
    )
    first = codes.iloc[0]
    seconds = np.median(codes.groupby("seed")["seconds"].first())
    return [
        f"{first['code_size']:.0f}",
        "noisy" if first["noise_std"] else "clean",
        f"{pca['psnr'].mean():.2f}",
        f"{by_image.to_numpy().mean():.2f}",
        f"{by_image.mean().std():.3f}" if by_image.shape[1] > 1 else "",
        in_words(found.difference, found.low, found.high, found.p_value),
        f"{pca['ssim'].mean():.3f}",
        f"{codes['ssim'].mean():.3f}",
        f"{first['tflop']:.1f}",
        *([f"{seconds:.0f}"] if with_seconds else []),
    ]


def main() -> None:
    """Train by each seed, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--seconds", action="store_true")
    given = parser.parse_args()
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    images += f",images.name={given.name}"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        codes = pd.concat(
            [measure(images, data, seed) for seed in range(given.seeds)],
            ignore_index=True,
        )
        pca = read_newest(data, "07_model_output/pca/code_scores.csv")
    table = Table(*COLUMNS, *(["training s"] if given.seconds else []))
    for lane in LANES:
        of_pca = pca[pca["lane"] == lane].sort_values("image")
        table.add(cells(codes[codes["lane"] == lane], of_pca, given.seconds))
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
