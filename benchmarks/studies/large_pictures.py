"""Peak memory and speed of the command `denoise` for large pictures and for stacks.

    .venv/bin/python -m benchmarks.studies.large_pictures PHOTOGRAPH
        [--megapixels 100] [--only PNG,...] [--csv FILE]

Noise of sigma 25 is added to a crop of a photograph of 1000x1250 pixels, which is
repeated until a picture has the wanted size. The stack has as many pages of 250x250
pixels as make 12.5 megapixels. The time is that of the whole command with `--sigma 25`,
from the start of Python to its end; the memory is the largest resident set. Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from benchmarks.table import Table

COLUMNS = ("file", "megapixels", "peak memory, MB", "seconds", "megapixels/s")
CROP = (1000, 1250)
PAGES, PAGE = 200, 250
SIGMA = 25

Pixels = NDArray[np.uint8]


def noisy_crop(photograph: Path) -> Pixels:
    """A crop of a photograph with noise: uint8, (1000, 1250, 3)."""
    with Image.open(photograph) as file:
        crop = np.asarray(file.convert("RGB"))[: CROP[0], : CROP[1]]
    noise = np.random.default_rng(0).normal(0, SIGMA, crop.shape)
    return np.clip(np.rint(crop + noise), 0, 255).astype(np.uint8)


def repeated(crop: Pixels, megapixels: float) -> Pixels:
    """The crop, repeated down and across: about as often."""
    times = megapixels * 1e6 / (crop.shape[0] * crop.shape[1])
    across = max(1, int(times**0.5))
    return np.tile(crop, (max(1, round(times / across)), across, 1))


def save_with_pillow(path: Path, pixels: Pixels, **options: int) -> None:
    """Save a PNG, JPEG or WebP file."""
    Image.fromarray(pixels).save(path, **options)


def save_tiff(path: Path, pixels: Pixels, compression: str | None) -> None:
    """Save a TIFF file of one page."""
    tifffile.imwrite(path, pixels, photometric="rgb", compression=compression)


def save_stack(path: Path, pixels: Pixels) -> None:
    """Save a TIFF file of many small grey pages, all equal."""
    page = pixels[:PAGE, :PAGE, 1]
    tifffile.imwrite(path, np.stack([page] * PAGES), photometric="minisblack")


FILES: dict[str, tuple[str, Callable[[Path, Pixels], None]]] = {
    "PNG": ("a.png", partial(save_with_pillow, compress_level=1)),
    "JPEG": ("a.jpg", partial(save_with_pillow, quality=95)),
    "TIFF": ("a.tif", partial(save_tiff, compression=None)),
    "TIFF (deflate)": ("a.tif", partial(save_tiff, compression="zlib")),
    "TIFF (small pages)": ("a.tif", save_stack),
}


def measure(path: Path, output: Path) -> tuple[float, float]:
    """Denoise a file by the command; return its peak in MB and its seconds."""
    command = [sys.executable, "-m", "denoising_autoencoder", "denoise", str(path)]
    command += ["--output", str(output), "--sigma", str(SIGMA)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{command} failed")
    return usage.ru_maxrss * 1024 / 1e6, seconds


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photograph", type=Path)
    parser.add_argument("--megapixels", type=float, default=100)
    parser.add_argument("--only", default=",".join(FILES))
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    crop = noisy_crop(given.photograph)
    table = Table(*COLUMNS)
    for kind, (name, save) in FILES.items():
        if kind not in given.only.split(","):
            continue
        with TemporaryDirectory() as folder:
            path = Path(folder, name)
            pixels = repeated(crop, given.megapixels)
            count = pixels.shape[0] * pixels.shape[1]
            save(path, pixels)
            del pixels
            if save is save_stack:
                count = PAGES * PAGE**2
            memory, seconds = measure(path, Path(folder, "denoised"))
        speed = count / 1e6 / seconds
        cells = [f"{count / 1e6:.4g}", f"{memory:,.0f}", f"{seconds:.0f}"]
        table.add([kind, *cells, f"{speed:.2g}"])
        if given.csv:
            table.save(given.csv)


if __name__ == "__main__":
    main()
