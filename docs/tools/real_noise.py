"""Draw what `kedro denoise` does to noise that nobody added.

    .venv/bin/python docs/tools/real_noise.py [--figure docs/images/real_noise.png]

scikit-image ships a picture of a microscope and one of a telescope. A row shows a part
of one at 1:1: before, after, and what was removed, amplified around grey.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from denoising_autoencoder.figures.panels import ImageRow, image_rows
from denoising_autoencoder.figures.rendering import as_png
from denoising_autoencoder.inference.denoise import Recipe
from denoising_autoencoder.inference.models import shipped_models
from denoising_autoencoder.pictures.picture import open_picture

PROJECT = Path(__file__).parents[2]
SIDE = 240
AMPLIFIED = 8
TITLE = (
    "Noise of a telescope (top) and of a microscope, denoised by the package's model · "
    "parts of 240x240 pixels"
)
HEADINGS = ("before", "after", f"removed, x {AMPLIFIED}")


class Part(NamedTuple):
    """A part of a picture that is shown.

    Attributes:
        name: Name of the picture.
        pixels: The whole picture: uint8, (height, width) or (height, width, 3).
        corner: Row and column of the upper left pixel of the part.
        sigma: Noise level that the model is told; None to estimate it.
    """

    name: str
    pixels: NDArray[np.uint8]
    corner: tuple[int, int]
    sigma: float | None = None


def denoise(
    pixels: NDArray[np.uint8], sigma: float | None
) -> tuple[NDArray[np.uint8], float]:
    """Denoise a picture as the command does; also return the noise level."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "picture.png")
        Image.fromarray(pixels).save(path)
        recipe = Recipe(shipped_models(), sigma)
        with (
            open_picture(path, pixels.size) as picture,
            recipe.workshop([picture.channels]) as workshop,
        ):
            denoised = workshop.denoise(picture, lambda _: None)
            (page,) = denoised.pages()
            return page.color, denoised.sigma


def row_of(part: Part) -> ImageRow:
    """Denoise a picture, and cut the part out of it before and after."""
    after, sigma = denoise(part.pixels, part.sigma)
    row, column = part.corner
    region = np.s_[row : row + SIDE, column : column + SIDE]
    before, after = part.pixels.reshape(after.shape)[region], after[region]
    removed = before.astype(int) - after
    seen = (127.5 + AMPLIFIED * removed).clip(0, 255).astype(np.uint8)
    how = "auto" if part.sigma is None else "told"
    spread = f"removed: {removed.std():.1f} levels (rms)"
    return ImageRow(
        f"{part.name}, sigma {sigma:.1f} ({how}), {spread}",
        np.stack([before, after, seen]),
    )


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--figure", type=Path, default=PROJECT / "docs/images/real_noise.png"
    )
    given = parser.parse_args()
    parts = (
        Part("Hubble's deep field", data.hubble_deep_field(), (430, 640)),
        Part("Cell", data.cell(), (270, 310)),
        Part("Cell", data.cell(), (270, 310), 5.0),
    )
    figure = image_rows([row_of(part) for part in parts], TITLE, HEADINGS)
    given.figure.write_bytes(as_png(figure))


if __name__ == "__main__":
    main()
