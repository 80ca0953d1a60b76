"""Denoisers of photographs at several noise levels, each told the noise.

    .venv/bin/python -m benchmarks.studies.photographs FOLDER [--model FILE]
        [--methods NAME,...] [--sigmas 5,10,15,25,35,50,75] [--grey] [--kept FOLDER]
        [--csv FILE] [--each FILE]

FOLDER has the pictures, of which none trained the model. Of each, four crops of 256x256
pixels are taken, centred at a quarter and three quarters of its width and height. The
noise is Gaussian of a sigma in grey levels of 255; the noisy picture is clamped and has
8 bits, as files have. PSNR and SSIM are means over the crops, with standard errors
clustered by picture. "Model minus it" is the paired difference of the PSNR with its
interval of 95 %. Megapixels/s are those of one core, by the time of the processor.
BM3D, which takes minutes for a megapixel, and the mean of eight passes are left out at
other sigmas than 15, 25 and 50.

`--kept` keeps the scores of the filters, by all that they depend on. The table is
Markdown; `--csv` writes it as docs/results/ has it, and `--each` the gain of the model
over its input for each picture. `nlm_opencv` needs the extra `benchmarks`.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from importlib.metadata import version
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
from denoising_autoencoder.denoisers.filters.build import build_filter
from denoising_autoencoder.denoisers.network import trained_denoiser
from denoising_autoencoder.denoisers.self_ensemble import self_ensemble
from denoising_autoencoder.evaluation.metrics import score_images, standard_error
from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.images import LEVEL, UInt8Images, normalize, unnormalize
from denoising_autoencoder.noise.draw import TEST_STREAM, add_noise
from denoising_autoencoder.noise.gaussian import Gaussian

SIDE = 256
COLUMNS = ("sigma", "method", "PSNR dB", "SSIM", "megapixels/s", "model minus it, dB")
MODEL = ("model", "model_x8")
FILTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "wavelet": (
        "scikit-image",
        {
            "rule": "BayesShrink",
            "sigma_factor": 1.0,
            "wavelet": "db2",
            "levels": 4,
            "shifts": 3,
            "ycbcr": True,
        },
    ),
    "nlm": (
        "scikit-image",
        {"h_factor": 0.6, "patch_size": 5, "patch_distance": 6, "fast_mode": True},
    ),
    # Of 0.5, 0.7 and 0.9, the last two are the best on training photographs, and equal.
    "nlm_opencv": ("opencv-python-headless", {"h_factor": 0.8}),
    # The package's own domain, which is the best one for pictures of this size.
    "bm3d": ("bm3d", {"sigma_factor": 1.0, "nf": 32}),
}
"""Package and options of each filter."""

SIGMAS: dict[str, tuple[float, ...]] = {
    "bm3d": (15, 25, 50),
    "model_x8": (15, 25, 50),
}
"""The only noise levels at which a method is tried."""

TIMED = 1.0
"""Seconds for which a method is timed, at least."""

Method = Callable[[UInt8Images, float], UInt8Images]
"""From noisy crops and sigma in levels of 255 to denoised ones."""


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
def method_of(name: str, model: Path | None) -> Method:
    """Build a method once in a process."""
    if name == "noisy":
        return lambda noisy, _: noisy
    if name == "nlm_opencv":
        return opencv_nlm
    if name in FILTERS:
        denoiser = build_filter(name, **FILTERS[name][1])
    else:
        assert model is not None
        denoiser = trained_denoiser(read_model(model), "cpu", "auto")
        denoiser = self_ensemble(denoiser) if name == "model_x8" else denoiser
    return lambda noisy, sigma: reconstruct(denoiser, normalize(noisy), sigma * LEVEL)


def opencv_nlm(noisy: UInt8Images, sigma: float) -> UInt8Images:
    """Non-local means by OpenCV, of colours in CIELAB."""
    import cv2

    cv2.setNumThreads(1)
    h = FILTERS["nlm_opencv"][1]["h_factor"] * sigma
    if noisy.shape[3] == 1:
        crops = [cv2.fastNlMeansDenoising(crop, None, h) for crop in noisy]
    else:
        crops = [cv2.fastNlMeansDenoisingColored(crop, None, h, h) for crop in noisy]
    return np.stack(crops).reshape(noisy.shape)


def add_file_noise(crops: UInt8Images, sigma: float, picture: int) -> UInt8Images:
    """Noisy crops of a picture, as a file has them."""
    noise = Gaussian(kind="gaussian", std=sigma * LEVEL, clamp=True)
    return unnormalize(add_noise(normalize(crops), noise, picture, TEST_STREAM))


def score(job: Job, folder: Path, grey: bool, model: Path | None) -> pd.DataFrame:
    """Denoise and score the crops of a picture."""
    torch.set_num_threads(1)
    crops = crops_of(folder, grey)[job.picture]
    noisy = add_file_noise(crops, job.sigma, job.picture)
    denoised = method_of(job.method, model)(noisy, job.sigma)
    return score_images(denoised, crops).assign(photograph=job.picture)


def seconds_of(job: Job, folder: Path, grey: bool, model: Path | None) -> float:
    """Time a method on a crop: the mean of as many calls as fit into some time."""
    torch.set_num_threads(1)
    crop = crops_of(folder, grey)[job.picture][:1]
    noisy = add_file_noise(crop, job.sigma, job.picture)
    denoise = method_of(job.method, model)
    denoise(noisy[:, :64, :64], job.sigma)  # a warm-up
    calls, start = 0, time.process_time()
    while (seconds := time.process_time() - start) < TIMED:
        denoise(noisy, job.sigma)
        calls += 1
    return seconds / calls


def kept_name(method: str, sigma: float, crops: np.ndarray) -> str:
    """Name of a file of scores: method, sigma, and a digest of what they come from."""
    digest = hashlib.sha256(crops.tobytes())
    for picture, clean in enumerate(crops):
        digest.update(add_file_noise(clean, sigma, picture).tobytes())
    package, options = FILTERS.get(method, ("", {}))
    release = version(package) if package else ""
    digest.update(f"{crops.shape} {sorted(options.items())} {release}".encode())
    colour = "grey" if crops.shape[-1] == 1 else "colour"
    return f"{method}_{sigma:g}_{colour}_{digest.hexdigest()[:12]}.csv"


def scores_of(
    method: str, sigma: float, given: argparse.Namespace, pool: ProcessPoolExecutor
) -> pd.DataFrame:
    """Score a method at a noise level, picture by picture."""
    crops = crops_of(given.folder, given.grey)
    kept = None
    if given.kept and method not in MODEL:
        kept = given.kept / kept_name(method, sigma, crops)
        if kept.exists():
            return pd.read_csv(kept)
    jobs = [Job(method, sigma, picture) for picture in range(len(crops))]
    work = partial(score, folder=given.folder, grey=given.grey, model=given.model)
    scores = pd.concat(pool.map(work, jobs), ignore_index=True)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        scores.to_csv(kept, index=False)
    return scores


def speed_of(
    method: str, sigma: float, given: argparse.Namespace, pool: ProcessPoolExecutor
) -> str:
    """Megapixels/s of one core."""
    if method == "noisy":
        return "-"
    seconds = pool.submit(
        seconds_of, Job(method, sigma, 0), given.folder, given.grey, given.model
    ).result()
    return f"{SIDE**2 / 1e6 / seconds:.2g}"


def rows_of(
    sigma: float, scores: dict[str, pd.DataFrame], speeds: dict[str, str]
) -> Iterator[list[str]]:
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
        yield [f"{sigma:g}", method, *means, speeds[method], ahead]


def gains_of(folder: Path, levels: dict[float, dict[str, pd.DataFrame]]) -> Table:
    """Write by how many dB the model is better than its input, for each picture.

    Args:
        folder: The pictures.
        levels: Scores by sigma and method.
    """
    gains = pd.DataFrame(
        {
            sigma: scores["model"]["psnr"] - scores["noisy"]["psnr"]
            for sigma, scores in levels.items()
        }
    )
    names = [path.stem for path in sorted(folder.glob("*.png"))]
    photographs = next(iter(levels.values()))["model"]["photograph"]
    rows = dict(zip(names, gains.groupby(photographs).mean().to_numpy(), strict=True))
    rows["the crop that gains least"] = gains.min().to_numpy()
    print()
    table = Table("picture", *(f"sigma {sigma:g}, dB" for sigma in levels))
    for name, row in rows.items():
        table.add([name, *(f"{gain:+.1f}" for gain in row)])
    return table


def main() -> None:
    """Score, and print a row for each method at each noise level."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--methods", default=",".join(["noisy", *FILTERS, *MODEL]))
    parser.add_argument("--sigmas", default="5,10,15,25,35,50,75")
    parser.add_argument("--grey", action="store_true")
    parser.add_argument("--kept", type=Path, help="folder of the filters' scores")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--each", type=Path)
    given = parser.parse_args()
    methods = [m for m in given.methods.split(",") if given.model or m not in MODEL]
    table = Table(*COLUMNS)
    levels: dict[float, dict[str, pd.DataFrame]] = {}
    speeds: dict[str, str] = {}  # which hardly depend on sigma
    spawn = get_context("spawn")
    with ProcessPoolExecutor(available_cores(), spawn) as pool:
        for sigma in map(float, given.sigmas.split(",")):
            tried = [m for m in methods if sigma in SIGMAS.get(m, (sigma,))]
            scores = {name: scores_of(name, sigma, given, pool) for name in tried}
            for name in tried:
                if name not in speeds:
                    speeds[name] = speed_of(name, sigma, given, pool)
            for cells in rows_of(sigma, scores, speeds):
                table.add(cells)
            if given.csv:
                table.save(given.csv)
            levels[sigma] = scores
    if given.each:
        gains_of(given.folder, levels).save(given.each)


if __name__ == "__main__":
    main()
