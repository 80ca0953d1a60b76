"""BM3D."""

from __future__ import annotations

from typing import Literal

from denoising_autoencoder.denoisers.filters.kind import (
    Factor,
    FilterKind,
    Image,
    float32,
    values,
)
from denoising_autoencoder.validation import Block


class Grid(Block):
    """The values that are tried."""

    sigma_factor: list[Factor] = values("What it is told, in std of the noise.")
    nf: list[Literal[8, 16, 32]] = values(
        "Side of the domain on which it computes the noise's variances."
    )


def denoise(image: Image, noise_std: float, *, sigma_factor: float, nf: int) -> Image:
    """Filter groups of like blocks together (Dabov et al., 2007; Mäkinen et al., 2020).

    Args:
        image: In [0, 1].
        noise_std: Of the noise, on the scale of the image.
        sigma_factor: What BM3D is told of the noise, in units of `noise_std`.
        nf: Side of the domain on which it computes how the noise spreads over its
            transforms. Most of its time on a small image goes there.
    """
    from bm3d import BM3DProfile, bm3d_rgb

    # It would divide by the range of each opponent channel, and an even image has none.
    # (Nor has an image without colours, but independent noise gives it some.)
    if (image == image[0, 0]).all():
        return image
    profile = BM3DProfile()
    profile.nf = nf
    profile.num_threads = 1  # more give other bits each time
    return float32(bm3d_rgb(image, sigma_factor * noise_std, profile))


FILTER = FilterKind("BM3D", Grid, denoise)
