"""How well the strength of noise is estimated from a photograph.

    .venv/bin/python -m benchmarks.studies.estimate_sigma FOLDER [--grey]
        [--crops 4] [--sigmas 0,2,5,10,15,25,50,75] [--csv FILE]

FOLDER has photographs. Of each, crops of 256x256 pixels around a grid of places get
Gaussian noise, are clamped to 0..255 and rounded. A cell is the median and the 90th
percentile, over all crops, of |estimate - sigma|, in levels; at sigma 0 the noise that
a photograph has of its own counts as an error. The time is that of the processor for an
estimate. `--grey` takes the green channel only. The table is Markdown; `--csv` writes
it too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import convolve
from skimage.restoration import estimate_sigma as wavelet_sigma

from benchmarks.table import Table
from denoising_autoencoder.noise.estimate import estimate_sigma

SIDE = 256
SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"}
LAPLACIAN_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])


def ours(pixels: NDArray[np.uint8]) -> float:
    """Estimate as `kedro denoise` does."""
    return estimate_sigma(pixels, (0, 255))


def wavelet(pixels: NDArray[np.uint8]) -> float:
    """Median absolute wavelet coefficient (Donoho and Johnstone 1994)."""
    return float(np.mean(wavelet_sigma(pixels.astype(float), channel_axis=2)))


def immerkaer(pixels: NDArray[np.uint8]) -> float:
    """Mean absolute value of a difference of Laplacians (Immerkaer 1996)."""
    kernel = LAPLACIAN_DIFFERENCE[..., None]
    inside = convolve(pixels.astype(float), kernel)[1:-1, 1:-1]
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(inside).mean())


def chen(pixels: NDArray[np.uint8]) -> float:
    """Smaller eigenvalues of the covariance of all 8x8 patches (Chen et al. 2015)."""
    windows = sliding_window_view(pixels, (8, 8), (0, 1))
    patches = windows.reshape(-1, pixels.shape[2] * 64).astype(np.float32)
    values = np.linalg.eigvalsh(np.cov(patches, rowvar=False)).clip(min=0)
    count = len(values)
    while values[:count].mean() > np.median(values[:count]):
        count -= 1
    return float(np.sqrt(values[:count].mean()))


METHODS: dict[str, Callable[[NDArray[np.uint8]], float]] = {
    "wavelet, median (scikit-image)": wavelet,
    "Immerkaer 1996": immerkaer,
    "Chen et al. 2015": chen,
    "ours": ours,
}


def read_crops(folder: Path, count: int) -> Iterator[NDArray[np.uint8]]:
    """Crops around the centres of the cells of a grid of `count` cells."""
    across = round(count**0.5)
    places = [(2 * i + 1) / (2 * across) for i in range(across)]
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            pixels = np.asarray(Image.open(path).convert("RGB"))
            for row in (_start(pixels.shape[0], place) for place in places):
                for column in (_start(pixels.shape[1], place) for place in places):
                    yield pixels[row : row + SIDE, column : column + SIDE]


def _start(length: int, place: float) -> int:
    return max(0, min(int(length * place) - SIDE // 2, length - SIDE))


def add_noise(pixels: NDArray[np.uint8], sigma: int, seed: int) -> NDArray[np.uint8]:
    """Add noise, round, and clamp."""
    noise = np.random.default_rng([seed, sigma]).normal(0, sigma, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grey", action="store_true")
    parser.add_argument("--crops", type=int, default=4)
    parser.add_argument("--sigmas", default="0,2,5,10,15,25,50,75")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    sigmas = [int(sigma) for sigma in given.sigmas.split(",")]
    channels = slice(1, 2) if given.grey else slice(None)
    crops = [crop[..., channels] for crop in read_crops(given.folder, given.crops)]
    table = Table("method", *(f"sigma {sigma}" for sigma in sigmas), "ms/crop")
    for name, estimate in METHODS.items():
        cells, seconds = [], 0.0
        for sigma in sigmas:
            noisy = [add_noise(crop, sigma, seed) for seed, crop in enumerate(crops)]
            start = time.process_time()
            errors = np.abs([estimate(pixels) - sigma for pixels in noisy])
            seconds += time.process_time() - start
            median, most = np.quantile(errors, [0.5, 0.9])
            cells.append(f"{median:.2f} / {most:.2f}")
        milliseconds = 1000 * seconds / (len(crops) * len(sigmas))
        table.add([name, *cells, f"{milliseconds:.0f}"])
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
