"""Non-local means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

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

    h_factor: list[Factor] = values(
        "Decay of the weights, in units of the noise's std."
    )
    patch_size: list[Literal[3, 5, 7, 9, 11]] = values("Side of a patch, in pixels.")
    patch_distance: list[Annotated[int, Field(ge=1, le=30)]] = values(
        "Distance up to which patches are searched, in pixels."
    )
    fast_mode: list[bool] = values("Whether all pixels of a patch have equal weight.")


def denoise(
    image: Image,
    noise_std: float,
    *,
    h_factor: float,
    patch_size: int,
    patch_distance: int,
    fast_mode: bool,
) -> Image:
    """Average over pixels with similar surroundings (Buades et al., 2005).

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        noise_std: Standard deviation of the noise, on the scale of the image. What the
            noise adds to the distance of two patches is subtracted.
        h_factor: Decay of the weights, in units of `noise_std`.
        patch_size: Side of a patch, in pixels.
        patch_distance: Distance up to which patches are searched, in pixels.
        fast_mode: Whether all pixels of a patch have equal weight, not a Gaussian's.
    """
    from skimage.restoration import denoise_nl_means

    denoised = denoise_nl_means(
        image,
        patch_size=patch_size,
        patch_distance=patch_distance,
        h=h_factor * noise_std,
        fast_mode=fast_mode,
        sigma=noise_std,
        channel_axis=-1,
    )
    return float32(denoised.reshape(image.shape))  # an only channel has lost its axis


FILTER = FilterKind("non-local means", Grid, denoise)
