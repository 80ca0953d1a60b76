"""Noise of photographs that the model has not learned: JPEG, correlated, uneven.

    .venv/bin/python -m benchmarks.studies.other_noise FOLDER --model FILE
        [--sigma 25] [--csv FILE]

The crops are those of `photographs`. Each kind of noise has the standard deviation
`--sigma`, in grey levels of 255, before a file is made of it; where it depends on the
brightness, it has that for grey of 127.5. "Noise" is the standard deviation that is
left in the file, and the estimate is that of `--sigma auto`; both are medians over the
crops. Then follow the PSNR of the noisy crops, and the PSNR after the model was told
the estimate, `--sigma`, and the best of some multiples of it.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from benchmarks.studies.photographs import crops_of, method_of
from benchmarks.table import Table
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.images import UInt8Images
from denoising_autoencoder.noise.estimate import estimate_sigma

COLUMNS = (
    *("noise of the file", "noise", "estimate", "noisy, dB", "estimate told, dB"),
    *("sigma told, dB", "best told, dB", "best / sigma"),
)
MULTIPLES = (0.5, 0.7, 1.0, 1.4, 2.0)

MakeNoisy = Callable[[UInt8Images, float, np.random.Generator], UInt8Images]
"""From clean crops to noisy ones."""


def as_file(values: np.ndarray) -> UInt8Images:
    """Round and clamp."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def independent(
    crops: UInt8Images, sigma: float, generator: np.random.Generator
) -> UInt8Images:
    """What the model has learned."""
    return as_file(crops + generator.normal(0, sigma, crops.shape))


def jpeg(
    crops: UInt8Images, sigma: float, generator: np.random.Generator, quality: int
) -> UInt8Images:
    """Independent noise, saved as JPEG by Pillow."""
    found = []
    for noisy in independent(crops, sigma, generator):
        file = io.BytesIO()
        Image.fromarray(noisy).save(file, "JPEG", quality=quality)
        found.append(np.asarray(Image.open(file)))
    return np.stack(found)


def correlated(
    crops: UInt8Images, sigma: float, generator: np.random.Generator, spread: float
) -> UInt8Images:
    """Noise that was blurred by a Gaussian, and made as strong as before."""
    noise = gaussian_filter(generator.normal(size=crops.shape), (0, spread, spread, 0))
    return as_file(crops + noise * sigma / noise.std())


def uneven(
    crops: UInt8Images, sigma: float, generator: np.random.Generator
) -> UInt8Images:
    """Noise whose variance grows with the brightness, as that of counted photons."""
    return as_file(
        crops + generator.normal(size=crops.shape) * sigma * np.sqrt(crops / 127.5)
    )


KINDS: dict[str, MakeNoisy] = {
    "independent": independent,
    "independent, then JPEG of quality 95": partial(jpeg, quality=95),
    "independent, then JPEG of quality 80": partial(jpeg, quality=80),
    "blurred by 0.5 pixels": partial(correlated, spread=0.5),
    "blurred by 1 pixel": partial(correlated, spread=1.0),
    "stronger where it is bright": uneven,
}


def score(
    job: tuple[str, int], folder: Path, model: Path, sigma: float
) -> pd.DataFrame:
    """The PSNR of a picture's crops by what the model is told, and the estimates."""
    torch.set_num_threads(1)
    kind, picture = job
    crops = crops_of(folder, grey=False)[picture]
    noisy = KINDS[kind](crops, sigma, np.random.default_rng(picture))
    denoise = method_of("model", model)
    estimates = [estimate_sigma(crop, (0, 255)) for crop in noisy]
    auto = np.concatenate(
        [
            denoise(crop[None], estimate)
            for crop, estimate in zip(noisy, estimates, strict=True)
        ]
    )
    outputs = {"noisy": noisy, "auto": auto}
    outputs |= {str(times): denoise(noisy, times * sigma) for times in MULTIPLES}
    table = pd.DataFrame(
        {name: score_images(images, crops)["psnr"] for name, images in outputs.items()}
    )
    left = (noisy.astype(float) - crops).std(axis=(1, 2, 3))
    return table.assign(noise=left, estimate=estimates)


def cells_of(kind: str, scores: pd.DataFrame) -> list[str]:
    """Write the row of a kind of noise."""
    means = scores.mean()
    best = max(map(str, MULTIPLES), key=means.get)
    return [
        kind,
        *(f"{scores[name].median():.1f}" for name in ("noise", "estimate")),
        *(f"{means[name]:.2f}" for name in ("noisy", "auto", "1.0", best)),
        best,
    ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sigma", type=float, default=25)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    count = len(crops_of(given.folder, grey=False))
    work = partial(score, folder=given.folder, model=given.model, sigma=given.sigma)
    table = Table(*COLUMNS)
    with ProcessPoolExecutor(available_cores(), get_context("spawn")) as pool:
        for kind in KINDS:
            jobs = [(kind, picture) for picture in range(count)]
            table.add(cells_of(kind, pd.concat(pool.map(work, jobs))))
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
