"""From a filter's name and options to a denoiser."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from denoising_autoencoder.denoisers.contract import Denoiser, Sigma
from denoising_autoencoder.denoisers.filters.kind import float32
from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ProjectError

if TYPE_CHECKING:
    import torch

HOW_TO_GET_BM3D = (
    "the package bm3d is not installed (its licence allows non-commercial use only): "
    "python -m pip install 'bm3d~=4.0'"
)


def build_filter(method: str, **options: Any) -> Denoiser:
    """Build a classical denoiser.

    The noise on a clamped image is weaker than its name, which is why even a filter
    that is told the true standard deviation is better tuned.

    Args:
        method: A key of `FILTERS`.
        options: Options of the method, one value each; its module has them.

    Returns:
        A denoiser that needs the noise's standard deviation. It computes on the CPU,
        image by image.

    Raises:
        ProjectError: The method is unknown, or its package is not installed.
    """
    if method not in FILTERS:
        raise ProjectError(
            f"There is no filter {method!r}; choose one of {', '.join(FILTERS)}."
        )
    if not is_available(method):
        raise ProjectError(f"The filter {method} cannot run: {HOW_TO_GET_BM3D}.")
    return _FilterDenoiser(method, options)


def is_available(method: str) -> bool:
    """Whether the package that a method needs is installed."""
    return method != "bm3d" or find_spec("bm3d") is not None


class _FilterDenoiser:
    def __init__(self, method: str, options: dict[str, Any]) -> None:
        self._method = method
        self._options = options

    def __call__(
        self, images: torch.Tensor, sigma: Sigma | None = None
    ) -> torch.Tensor:
        import torch

        if sigma is None:
            raise ProjectError(
                f"The filter {self._method} needs the noise's standard deviation: "
                "give sigma."
            )
        arrays = images.permute(0, 2, 3, 1).cpu().numpy()
        sigmas = torch.as_tensor(sigma, dtype=torch.float64).expand(len(images))
        filtered = np.stack(
            [
                self._filter(image, std)
                for image, std in zip(arrays, sigmas.tolist(), strict=True)
            ]
        )
        return torch.from_numpy(filtered).permute(0, 3, 1, 2).to(images.device)

    def _filter(self, image: Any, sigma: float) -> Any:
        """Filter an image in [-1, 1] on the [0, 1] scale, half as wide."""
        denoise = FILTERS[self._method].denoise
        scaled = (float32(image) + np.float32(1)) / np.float32(2)
        filtered = denoise(scaled, sigma / 2, **self._options)
        return float32(np.clip(2 * filtered - 1, -1, 1))
