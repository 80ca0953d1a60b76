"""Denoisers of photographs at several noise levels, each told the noise.

    .venv/bin/python -m benchmarks.studies.photographs FOLDER [--model FILE]
        [--methods NAME,...] [--sigmas 5,15,25,50,75] [--grey] [--kept FOLDER]
        [--csv FILE]

FOLDER has the pictures, of which none trained the model. Of each, four crops of 256x256
pixels are taken, centred at a quarter and three quarters of its width and height. The
noise is Gaussian of a sigma in grey levels of 255; the noisy picture is clamped and has
8 bits, as files have. PSNR and SSIM are means over the crops, with standard errors
clustered by picture. Megapixels/s are those of one core. "Model minus it" is the paired
difference of the PSNR with its interval of 95 %.

`--kept` keeps the scores of the filters, which take minutes. The table is Markdown;
`--csv` writes it as docs/results/ has it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from PIL import Image

from benchmarks.runs import in_words
from benchmarks.table import Table
from denoising_autoencoder.artifacts.models import read_model
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.denoisers.filters.build import build_filter
from denoising_autoencoder.denoisers.network import trained_denoiser
from denoising_autoencoder.denoisers.self_ensemble import self_ensemble
from denoising_autoencoder.evaluation.metrics import score_images, standard_error
from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.images import LEVEL, normalize, unnormalize
from denoising_autoencoder.noise.draw import TEST_STREAM, add_noise
from denoising_autoencoder.noise.gaussian import Gaussian

SIDE = 256
COLUMNS = ("sigma", "method", "PSNR dB", "SSIM", "megapixels/s", "model minus it, dB")
MODEL = ("model", "model_x8")
FILTERS: dict[str, dict[str, Any]] = {
    "wavelet": {
        "rule": "BayesShrink",
        "sigma_factor": 1.0,
        "wavelet": "db2",
        "levels": 4,
        "shifts": 3,
        "ycbcr": True,
    },
    "nlm": {"h_factor": 0.6, "patch_size": 5, "patch_distance": 6, "fast_mode": True},
    # The package's own domain, which is the best one for pictures of this size.
    "bm3d": {"sigma_factor": 1.0, "nf": 32},
}


class Job(NamedTuple):
    """What one process does: denoise the crops of one picture."""

    method: str
    sigma: float
    picture: int


def read_crops(folder: Path, grey: bool) -> np.ndarray:
    """Cut the crops: uint8, (pictures, 4, side, side, channels)."""
    pictures = []
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as file:
            pixels = np.asarray(file.convert("L" if grey else "RGB"))
        pixels = pixels.reshape(*pixels.shape[:2], -1)
        rows, columns = (
            [(length * quarter - 2 * SIDE) // 4 for quarter in (1, 3)]
            for length in pixels.shape[:2]
        )
        pictures.append(
            [pixels[y : y + SIDE, x : x + SIDE] for y in rows for x in columns]
        )
    return np.array(pictures)


@cache
def crops_of(folder: Path, grey: bool) -> np.ndarray:
    """The same, read once in a process."""
    return read_crops(folder, grey)


@cache
def denoiser_of(method: str, model: Path | None) -> Denoiser:
    """Build a method once in a process."""
    if method in FILTERS:
        return build_filter(method, **FILTERS[method])
    assert model is not None
    network = trained_denoiser(read_model(model), "cpu", "auto")
    return self_ensemble(network) if method == "model_x8" else network


def add_file_noise(crops: np.ndarray, sigma: float, picture: int) -> np.ndarray:
    """Noisy crops of a picture, as a file has them: uint8."""
    noise = Gaussian(kind="gaussian", std=sigma * LEVEL, clamp=True)
    return unnormalize(add_noise(normalize(crops), noise, picture, TEST_STREAM))


def score(job: Job, folder: Path, grey: bool, model: Path | None) -> pd.DataFrame:
    """Denoise and score the crops of a picture; a column has the seconds of each."""
    torch.set_num_threads(1)
    crops = crops_of(folder, grey)[job.picture]
    noisy = add_file_noise(crops, job.sigma, job.picture)
    seconds = 0.0
    denoised = noisy
    if job.method != "noisy":
        denoiser = denoiser_of(job.method, model)
        inputs = normalize(noisy)
        reconstruct(denoiser, inputs[:1, :64, :64], job.sigma * LEVEL)  # a warm-up
        start = time.perf_counter()
        denoised = reconstruct(denoiser, inputs, job.sigma * LEVEL)
        seconds = time.perf_counter() - start
    table = score_images(denoised, crops)
    return table.assign(photograph=job.picture, seconds=seconds / len(crops))


def scores_of(
    method: str, sigma: float, given: argparse.Namespace, pool: ProcessPoolExecutor
) -> pd.DataFrame:
    """Score a method at a noise level, picture by picture."""
    name = f"{method}_{sigma:g}_{'grey' if given.grey else 'colour'}.csv"
    kept = given.kept / name if given.kept and method not in MODEL else None
    if kept and kept.exists():
        return pd.read_csv(kept)
    count = len(crops_of(given.folder, given.grey))
    jobs = [Job(method, sigma, picture) for picture in range(count)]
    work = partial(score, folder=given.folder, grey=given.grey, model=given.model)
    scores = pd.concat(pool.map(work, jobs), ignore_index=True)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        scores.to_csv(kept, index=False)
    return scores


def rows_of(
    sigma: float, scores: dict[str, pd.DataFrame]
) -> Iterator[tuple[str, list[str]]]:
    """Write the rows of a noise level."""
    for method, own in scores.items():
        photographs = own["photograph"].to_numpy()
        ahead = ""
        if method not in MODEL and "model" in scores:
            ours = scores["model"]["psnr"].to_numpy()
            found = paired_difference(ours, own["psnr"].to_numpy(), photographs)
            ahead = in_words(found.difference, found.low, found.high, found.p_value)
        means = [
            f"{own[name].mean():.{digits}f} ± "
            f"{standard_error(own[name].to_numpy(), photographs):.{digits}f}"
            for name, digits in (("psnr", 2), ("ssim", 3))
        ]
        seconds = own["seconds"].mean()
        speed = f"{SIDE**2 / 1e6 / seconds:.3g}" if seconds else "-"
        yield method, [f"{sigma:g}", method, *means, speed, ahead]


def main() -> None:
    """Score, and print a row for each method at each noise level."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--methods", default=",".join(["noisy", *FILTERS, *MODEL]))
    parser.add_argument("--sigmas", default="5,15,25,50,75")
    parser.add_argument("--grey", action="store_true")
    parser.add_argument("--kept", type=Path, help="folder of the filters' scores")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    methods = [m for m in given.methods.split(",") if given.model or m not in MODEL]
    table = Table(*COLUMNS)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(available_cores(), spawn) as pool:
        for sigma in map(float, given.sigmas.split(",")):
            scores = {name: scores_of(name, sigma, given, pool) for name in methods}
            for _, cells in rows_of(sigma, scores):
                table.add(cells)
            if given.csv:
                table.save(given.csv)


if __name__ == "__main__":
    main()
