"""Total variation."""

from __future__ import annotations

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

    weight_factor: list[Factor] = values(
        "Weight of the variation, in units of the noise's std."
    )


def denoise(image: Image, noise_std: float, *, weight_factor: float) -> Image:
    """Minimize the total variation near the input (Chambolle, 2004).

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        noise_std: Standard deviation of the noise, on the scale of the image.
        weight_factor: Weight of the total variation, in units of `noise_std`.
    """
    from skimage.restoration import denoise_tv_chambolle

    weight = weight_factor * noise_std
    return float32(denoise_tv_chambolle(image, weight, channel_axis=-1))


FILTER = FilterKind("total variation", Grid, denoise)
