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

    sigma_factor: list[Factor] = values(
        "Noise level given to BM3D, in units of the std."
    )
    nf: list[Literal[8, 16, 32]] = values(
        "Side of the domain on which the noise's variances are computed."
    )


def denoise(image: Image, noise_std: float, *, sigma_factor: float, nf: int) -> Image:
    """Filter groups of similar blocks (Dabov et al., 2007; Mäkinen et al., 2020).

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        noise_std: Standard deviation of the noise, on the scale of the image.
        sigma_factor: Noise level given to BM3D, in units of `noise_std`.
        nf: Side of the domain on which BM3D computes how the noise spreads over its
            transforms. On a small image this takes most of the time.
    """
    from bm3d import BM3DProfile, bm3d, bm3d_rgb

    # BM3D divides by the range of each opponent channel, which is zero for an image of
    # one colour.
    if (image == image[0, 0]).all():
        return image
    profile = BM3DProfile()
    profile.nf = nf
    profile.num_threads = 1  # with more, every call gives other bits
    if image.shape[-1] == 1:
        grey = bm3d(image[..., 0], sigma_factor * noise_std, profile)
        return float32(grey[..., None])
    return float32(bm3d_rgb(image, sigma_factor * noise_std, profile))


FILTER = FilterKind("BM3D", Grid, denoise)
