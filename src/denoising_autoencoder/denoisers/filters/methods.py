"""Classical denoisers: what a network must beat, and what it beats it at.

Each is told how strong the noise is, and is scaled by it: an option called
`..._factor` is in units of the noise's standard deviation, so that one grid of options
serves every noise. The noise on a clamped image is weaker than its name, which is why
even a filter that is told the true standard deviation is better tuned.

scikit-image and bm3d are imported inside the filters that need them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.errors import ProjectError

if TYPE_CHECKING:
    import torch

Image = npt.NDArray[np.float32]
"""One image, (height, width, 3)."""

Filter = Callable[[Image], Image]
"""From a noisy image in [-1, 1] to a denoised one in [-1, 1]."""

HOW_TO_GET_BM3D = (
    "the package bm3d is not installed (its licence allows non-commercial use alone): "
    "python -m pip install 'bm3d~=4.0'"
)


def build_filter(method: str, noise_std: float, **options: Any) -> Filter:
    """Build a filter for noise of a known strength.

    Args:
        method: One of `METHODS`.
        noise_std: Standard deviation of the noise on the [-1, 1] scale.
        options: Of the method; the functions of this module have them.

    Returns:
        From float32 (height, width, 3) in [-1, 1] to the same.

    Raises:
        ProjectError: There is no such method, or its package is not installed.
    """
    if method not in _FILTERS:
        raise ProjectError(
            f"There is no filter {method!r}; choose one of {', '.join(_FILTERS)}."
        )
    if not is_available(method):
        raise ProjectError(f"The filter {method} cannot run: {HOW_TO_GET_BM3D}.")
    # Half of it on the [0, 1] scale, on which the functions below work.
    return partial(_apply, partial(_FILTERS[method], **options), noise_std / 2)


def is_available(method: str) -> bool:
    """Whether the package that a method needs is installed."""
    return method != "bm3d" or find_spec("bm3d") is not None


def as_denoiser(one: Filter) -> Callable[[torch.Tensor], torch.Tensor]:
    """Give a filter the contract of a network.

    Args:
        one: For single images.

    Returns:
        A callable from float32 NCHW images in [-1, 1] to the same shape and range, on
        the device of its input; the filter itself runs on the CPU, image by image.
    """

    def denoise(batch: torch.Tensor) -> torch.Tensor:
        import torch

        images = batch.permute(0, 2, 3, 1).cpu().numpy()
        filtered = np.stack([one(image) for image in images])
        return torch.from_numpy(filtered).permute(0, 3, 1, 2).to(batch.device)

    return denoise


def gaussian(image: Image, _: float, *, sigma: float) -> Image:
    """Convolve with a Gaussian.

    Args:
        image: In [0, 1], as for all that follow.
        sigma: In pixels.
    """
    from skimage.filters import gaussian as blur

    return _float32(blur(image, sigma, channel_axis=-1))


def median(image: Image, _: float, *, size: int) -> Image:
    """Take the median of a square in each channel.

    Args:
        image: In [0, 1].
        size: Side of the square, in pixels; odd.
    """
    from skimage.filters import median as rank

    return _float32(rank(image, np.ones((size, size, 1)), behavior="ndimage"))


def bilateral(
    image: Image, noise_std: float, *, color_factor: float, sigma_spatial: float
) -> Image:
    """Average over near pixels of like colour (Tomasi and Manduchi, 1998).

    Not scikit-image's `denoise_bilateral`: in 0.26 its table of spatial weights is a
    row longer than the window, so that it smears an image along a diagonal.

    Args:
        image: In [0, 1].
        noise_std: Of the noise, on the scale of the image.
        color_factor: Standard deviation of the weight by colour (Euclidean over the
            channels), in units of `noise_std`.
        sigma_spatial: Standard deviation of the weight by distance, in pixels. The
            window ends at three of them.
    """
    radius = max(1, round(3 * sigma_spatial))
    height, width, _ = image.shape
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), "symmetric")
    color_scale = 2 * (color_factor * noise_std) ** 2
    total = np.zeros_like(image)
    weights = np.zeros((height, width, 1), np.float32)
    for row in range(2 * radius + 1):
        for column in range(2 * radius + 1):
            near = padded[row : row + height, column : column + width]
            squares = np.square(near - image).sum(axis=-1, keepdims=True)
            distance = (row - radius) ** 2 + (column - radius) ** 2
            exponent = distance / (2 * sigma_spatial**2) + squares / color_scale
            weight = np.exp(-exponent)
            total += weight * near
            weights += weight
    return total / weights


def non_local_means(
    image: Image,
    noise_std: float,
    *,
    h_factor: float,
    patch_size: int,
    patch_distance: int,
    fast_mode: bool,
) -> Image:
    """Average over pixels whose surroundings are alike (Buades et al., 2005).

    Args:
        image: In [0, 1].
        noise_std: Of the noise; what it adds to the distance of patches is taken off.
        h_factor: Decay of the weights, in units of `noise_std`.
        patch_size: Side of a patch, in pixels.
        patch_distance: How far patches are looked for, in pixels.
        fast_mode: Weigh all pixels of a patch alike, not by a Gaussian.
    """
    from skimage.restoration import denoise_nl_means

    return _float32(
        denoise_nl_means(
            image,
            patch_size=patch_size,
            patch_distance=patch_distance,
            h=h_factor * noise_std,
            fast_mode=fast_mode,
            sigma=noise_std,
            channel_axis=-1,
        )
    )


def total_variation(image: Image, noise_std: float, *, weight_factor: float) -> Image:
    """Minimize the total variation near the input (Chambolle, 2004).

    Args:
        image: In [0, 1].
        noise_std: Of the noise, on the scale of the image.
        weight_factor: Of the total variation, in units of `noise_std`.
    """
    from skimage.restoration import denoise_tv_chambolle

    weight = weight_factor * noise_std
    return _float32(denoise_tv_chambolle(image, weight, channel_axis=-1))


def wavelet(
    image: Image,
    noise_std: float,
    *,
    rule: str,
    sigma_factor: float,
    wavelet: str,
    levels: int,
    shifts: int,
    ycbcr: bool,
) -> Image:
    """Shrink wavelet coefficients softly, averaged over shifts of the image.

    The average (cycle spinning: Coifman and Donoho, 1995) takes away what a single
    transform adds where edges fall badly: it is not that of the shifted image, shifted.

    Args:
        image: In [0, 1].
        noise_std: Of the noise, on the scale of the image.
        rule: How thresholds are chosen: "BayesShrink" or "VisuShrink".
        sigma_factor: What the rule is told of the noise, in units of `noise_std`.
        wavelet: PyWavelets' name.
        levels: Of the transform.
        shifts: From 0 to so many pixels, along both axes.
        ycbcr: Transform luminance and chrominance, not red, green and blue.
    """
    from skimage.restoration import denoise_wavelet

    places = [
        (row, column) for row in range(shifts + 1) for column in range(shifts + 1)
    ]
    total = np.zeros_like(image)
    for row, column in places:
        denoised = denoise_wavelet(
            np.roll(image, (row, column), axis=(0, 1)),
            sigma=sigma_factor * noise_std,
            wavelet=wavelet,
            wavelet_levels=levels,
            method=rule,
            convert2ycbcr=ycbcr,
            channel_axis=-1,
        )
        total += np.roll(denoised, (-row, -column), axis=(0, 1))
    return total / np.float32(len(places))


def bm3d(image: Image, noise_std: float, *, sigma_factor: float, nf: int) -> Image:
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
    return _float32(bm3d_rgb(image, sigma_factor * noise_std, profile))


_FILTERS: dict[str, Callable[..., Image]] = {
    "gaussian": gaussian,
    "median": median,
    "bilateral": bilateral,
    "nlm": non_local_means,
    "tv": total_variation,
    "wavelet": wavelet,
    "bm3d": bm3d,
}

METHODS = tuple(_FILTERS)
"""Names of the filters, the simplest first."""


def _apply(
    one: Callable[[Image, float], Image], noise_std: float, image: Image
) -> Image:
    """Apply a filter for [0, 1] to an image in [-1, 1]."""
    filtered = one((_float32(image) + np.float32(1)) / np.float32(2), noise_std)
    return _float32(np.clip(2 * filtered - 1, -1, 1))


def _float32(image: npt.NDArray[Any]) -> Image:
    single: Image = image.astype(np.float32, copy=False)
    return single
